"""Where the embedded server's files live: its home below the data folder, and a private folder for its socket.

Home is `DATA_DIR/postgres`. When root keeps the data where the server's account cannot go (below /root, say), no
permission of any folder is changed: the home is then made below /var/lib/edms and `DATA_DIR/postgres.at` says where.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

import structlog

from edms.db.embedded.accounts import Account, succeeds
from edms.errors import Invalid, Unavailable

ELSEWHERE = Path("/var/lib/edms")
SOCKET_NAME = ".s.PGSQL.5432"
# sockaddr_un.sun_path: 108 bytes on Linux, 104 on macOS, each with a closing zero.
SOCKET_PATH_BYTES = 103

log = structlog.get_logger(__name__)


def home_of(data_dir: Path, account: Account) -> Path:
    """The server's home for this data folder, made when absent: private, and owned by `account`.

    Errors: Invalid when it belongs to another account; Unavailable when it cannot be made or reached.
    """
    pointer = data_dir / "postgres.at"
    try:
        if not data_dir.is_dir():
            # Ours to make, so passable for the server's account; what lies in it is private by itself.
            data_dir.mkdir(parents=True)
            data_dir.chmod(0o711)
        if pointer.is_file():
            return _owned(Path(pointer.read_text(encoding="utf-8").strip()), account)
        if succeeds(account, ["/bin/sh", "-c", 'cd "$1"', "sh", data_dir]):
            return _owned(data_dir / "postgres", account)
        home = _owned(ELSEWHERE / secrets.token_hex(4) / "postgres", account)
        pointer.write_text(f"{home}\n", encoding="utf-8")
    except OSError as error:
        raise Unavailable("db.folder_cannot_be_made", folder=str(data_dir), reason=str(error)) from error
    log.info("db.home_elsewhere", account=account.name, folder=str(data_dir), home=str(home))
    return home


def home_if_any(data_dir: Path) -> Path | None:
    """The home that an earlier start made for this data folder, or None."""
    pointer = data_dir / "postgres.at"
    home = Path(pointer.read_text(encoding="utf-8").strip()) if pointer.is_file() else data_dir / "postgres"
    return home if home.is_dir() else None


def _owned(home: Path, account: Account) -> Path:
    """Make `home` for `account` alone, or refuse one that is somebody else's."""
    if not home.exists():
        if home.is_relative_to(ELSEWHERE):
            for above in (ELSEWHERE, home.parent):
                if not above.exists():
                    above.mkdir(parents=True)
                    above.chmod(0o755)  # whatever root's umask says: these are ours, and the account must pass
        home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(home, account.uid, account.gid)
    facts = home.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != account.uid:
        raise Invalid(
            "db.other_owner",
            fields={"EDMS_DATA_DIR": "db.other_owner"},
            folder=str(home),
            uid=facts.st_uid,
            account=account.name,
        )
    if facts.st_mode & 0o077:
        home.chmod(0o700)
    if not succeeds(account, ["/bin/sh", "-c", 'cd "$1"', "sh", home]):
        raise Unavailable("db.folder_unreachable", account=account.name, folder=str(home))
    return home


def socket_folder(home: Path, account: Account) -> Path:
    """A private folder for the socket: in the home, or a short one elsewhere when the path would be too long.

    The short one is remembered in the home, so that every process finds the same, also after a restart.
    """
    near = home / "run"
    if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        near.mkdir(mode=0o700, exist_ok=True)
        return _given(near, account)
    note = home / "socket.at"
    if note.is_file():
        kept = Path(note.read_text(encoding="utf-8").strip())
        if _private(kept, account):
            return kept
    for base in (Path("/run") if os.geteuid() == 0 else None, os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if base and os.access(base, os.W_OK | os.X_OK):
            short = _given(Path(tempfile.mkdtemp(prefix="edms-", dir=base)), account)
            if succeeds(account, ["/bin/sh", "-c", 'cd "$1"', "sh", short]):
                note.unlink(missing_ok=True)
                note.write_text(f"{short}\n", encoding="utf-8")
                return short
            short.rmdir()
    raise Unavailable("db.no_place_for_socket", folder=str(home))


def _private(folder: Path, account: Account) -> bool:
    """Whether `folder` is a real one of `account`'s that nobody else may enter."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == account.uid and not facts.st_mode & 0o077


def _given(folder: Path, account: Account) -> Path:
    """Hand a folder made by root to the server's account. Errors: Unavailable when it is not private."""
    facts = folder.lstat()
    if os.geteuid() == 0 and facts.st_uid == 0:
        os.chown(folder, account.uid, account.gid)
    if not _private(folder, account):
        raise Unavailable("db.folder_not_private", folder=str(folder))
    return folder
