"""Run by the Python of the validator's own environment: what E-ARK's validator says of a package folder, as JSON.

It downloads vocabularies when it is imported, which it has in itself: they are taken from there.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any, BinaryIO


def _own(base: Path) -> Any:
    def opened(address: Any, *_: Any, **__: Any) -> BinaryIO:
        name = getattr(address, "full_url", address).rsplit("/", 1)[1]
        return next(path for path in base.iterdir() if path.name.lower() == name.lower() or name in path.name).open(
            "rb"
        )

    return opened


def main(folder: Path) -> None:
    found = importlib.util.find_spec("eark_validator")
    assert found is not None and found.origin is not None
    urllib.request.urlopen = _own(Path(found.origin).parent / "ipxml" / "resources" / "vocabs")
    packages: Any = importlib.import_module("eark_validator.packages")
    told = {}
    for version in packages.SpecificationVersion:
        report = packages.PackageValidator(folder, version).validation_report
        rules = report.metadata.schematron_results.messages
        told[str(version.value)] = {
            "structure": report.structure.status.value,
            "schema": report.metadata.schema_results.status.value,
            "wrong": sorted({rule.rule_id for rule in rules if rule.severity.name == "ERROR"}),
        }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
