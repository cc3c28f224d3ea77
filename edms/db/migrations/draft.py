"""`make migration NAME=…`: a draft of the next migration, by comparing the models with a freshly migrated database.

The database is an embedded one of its own, made in a temporary folder and thrown away.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
import sys
import tempfile
from pathlib import Path

import edms
from edms.config import load
from edms.db.base import Base
from edms.db.embedded import start
from edms.db.roles import OWNER
from edms.db.upgrade import draft, upgrade


def import_models() -> None:
    """Import every module of the house that declares tables, so that the metadata is complete."""
    for module in pkgutil.walk_packages(edms.__path__, "edms."):
        source = Path(getattr(module.module_finder, "path", "")) / f"{module.name.rpartition('.')[2]}"
        code = source / "__init__.py" if module.ispkg else source.with_suffix(".py")
        if code.is_file() and re.search(r"^class \w+\(Base\)", code.read_text(encoding="utf-8"), re.MULTILINE):
            importlib.import_module(module.name)


def main(message: str) -> Path:
    """Write the draft and answer its path."""
    import_models()
    folder = Path(tempfile.mkdtemp(prefix="edms-draft-"))
    folder.chmod(0o711)
    try:
        with start(folder / "var", load().database_user) as server:
            upgrade(server.url(OWNER))
            return draft(server.url(OWNER), Base.metadata, message)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit("make migration NAME=what_changes")
    sys.stdout.write(f"{main(sys.argv[1].strip())}\n")
