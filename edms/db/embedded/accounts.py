"""The OS account the embedded server runs as, and running a program as that account.

PostgreSQL refuses to run as root. Started by root, edms runs it as an unprivileged system account (setting
`database_user`), made here when absent. Started by anybody else, it runs as that person.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from edms.errors import Invalid, Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Account:
    """An OS account: its name and numeric ids."""

    name: str
    uid: int
    gid: int


def present() -> Account:
    """The account this process runs as."""
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        # peer authentication asks the system for the name of the socket's other end: without one nobody is let in.
        raise Unavailable("db.account_without_name", uid=uid) from None
    return Account(entry.pw_name, uid, entry.pw_gid)


def server_account(os_user: str | None) -> Account:
    """The account for the server: the present one, or `os_user` when root starts it.

    Errors: Invalid when root names no account or root itself; Unavailable when the account cannot be made.
    """
    here = present()
    if here.uid != 0:
        return here
    if not os_user or os_user == "root":
        raise Invalid("db.account_must_not_be_root", fields={"EDMS_DATABASE_USER": "db.account_must_not_be_root"})
    try:
        entry = pwd.getpwnam(os_user)
    except KeyError:
        entry = _made(os_user)
    if entry.pw_uid == 0:
        raise Invalid("db.account_must_not_be_root", fields={"EDMS_DATABASE_USER": "db.account_must_not_be_root"})
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _made(name: str) -> pwd.struct_passwd:
    """Make the system account `name`, without home, password or shell, and say so in the log."""
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Unavailable("db.account_cannot_be_made", account=name, reason="useradd")
    argv = [program, "--system", "--user-group", "--no-create-home"]
    argv += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]
    made = subprocess.run(argv, capture_output=True, text=True, check=False)
    try:
        # Another process may have made it in the meantime: what counts is that it is there.
        entry = pwd.getpwnam(name)
    except KeyError:
        raise Unavailable("db.account_cannot_be_made", account=name, reason=made.stderr.strip()) from None
    log.info("db.account_made", account=name, uid=entry.pw_uid)
    return entry


def run_as(
    account: Account, argv: Sequence[str | Path], *, text: str | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a program as `account` with a bare environment, in "/" and with private new files.

    Whatever is written below the server's folder is written so: root never follows a link placed there.
    Errors: Unavailable when the program cannot be started or takes longer than `seconds`.
    """
    switch = account.uid != os.geteuid()
    try:
        return subprocess.run(
            [str(part) for part in argv],
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            umask=0o077,
            user=account.uid if switch else None,
            group=account.gid if switch else None,
            extra_groups=[] if switch else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable("db.program_failed", program=Path(argv[0]).name, reason=str(error)) from error


def succeeds(account: Account, argv: Sequence[str | Path]) -> bool:
    """Whether the program starts as `account` and ends well: used to ask what that account may reach."""
    try:
        return run_as(account, argv, seconds=20).returncode == 0
    except Unavailable:
        return False
