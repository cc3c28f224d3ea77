"""Our packages before E-ARK's own validator, in an environment of its own: it wants another lxml than we have."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.units import test_archive_package as ours

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edms-test-servers" / "eark-validator-1.1.3"
LOOK = Path(__file__).with_name("eark_look.py")
# Rules that no package can keep: SIP14 wants an attribute that the schema of METS forbids; CSIP114 of 2.0.4 wants one
# group called "Representations" where 2.1.0 wants each by its path.
CANNOT = {"V2.0.4": {"SIP14", "CSIP114"}, "V2.1.0": {"SIP14"}}


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has the validator; installed once."""
    found = CACHE / "bin" / "python"
    if not (CACHE / "done").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", CACHE], check=True, capture_output=True, timeout=300)
            wanted = [found, "-m", "pip", "install", "--quiet", "eark-validator==1.1.3"]
            subprocess.run(wanted, check=True, capture_output=True, timeout=600)
            (CACHE / "done").touch()
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"E-ARK's validator could not be installed: {error}")
    return found


@pytest.mark.services
def test_a_package_keeps_every_rule_that_can_be_kept(python: Path, tmp_path: Path) -> None:
    copied = ours.paper(1, b"%PDF one", "ბრძანება.pdf", copy=lambda: io.BytesIO(b"%PDF copy"))
    package = ours.made(ours.letter(1, copied), ours.letter(2, ours.paper(2, b"two", "a.eml")))
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        opened.extractall(tmp_path)
    answer = subprocess.run(
        [python, LOOK, tmp_path / ours.TOP], check=True, capture_output=True, timeout=300, text=True
    )
    told = json.loads(answer.stdout)
    assert set(told) == set(CANNOT)
    for version, found in told.items():
        assert (found["structure"], found["schema"]) == ("WellFormed", "VALID"), version
        assert set(found["wrong"]) <= CANNOT[version], version
