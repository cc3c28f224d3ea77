"""The child's own walls, put up by itself after its imports and before it sees one untrusted byte.

Three walls. Resource limits, which programs it starts inherit. No network and no way to meddle with other processes: a
seccomp filter (libseccomp), else a user and network namespace; without either `shut()` says None and the caller keeps
such bytes unread. And, where the kernel has Landlock, no files but its own, the input and the system's libraries:
neither keys nor other letters. The last one is extra and never counted as the second.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path

from edms.sandbox.limits import Limits

try:
    import pyseccomp
except (ImportError, OSError, RuntimeError):  # no libseccomp on this system: the namespace is tried
    pyseccomp = None

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

REFUSED_CALLS = (
    # No network, in any family. io_uring could open sockets behind the filter's back.
    *("socket", "io_uring_setup"),
    # No other process is read, changed or joined.
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "pidfd_open", "kcmp", "perf_event_open"),
    # No escape from the process group, by which a child is ended with all that it started.
    *("setsid", "setpgid"),
    # No new worlds, no parts of the kernel that a parser never needs.
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "bpf", "keyctl", "add_key", "request_key"),
    *("userfaultfd", "open_by_handle_at", "init_module", "finit_module", "kexec_load", "reboot", "swapon"),
)

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ_EXECUTE = 0b1101  # execute, read_file, read_dir
SYSTEM_PATHS = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt", "/nix"),
    *("/etc/ld.so.cache", "/etc/fonts", "/etc/magic", "/etc/passwd", "/etc/nsswitch.conf", "/etc/localtime"),
    *("/dev/null", "/dev/zero", "/dev/urandom"),
)

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Ask to be killed when the parent dies: a killed worker leaves no child at work."""
    _libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def limit_resources(limits: Limits) -> None:
    """Set the resource limits of this process and of those it will start."""
    for what, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (amount, amount))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))
    os.nice(limits.stepping_back)


def shut(wall: str | None = None) -> str | None:
    """Shut the network: the name of the wall that stands, or None. `wall` asks for one of them only (tests)."""
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if wall in (None, "seccomp") and _filter_calls():
        return "seccomp"
    if wall in (None, "namespace") and _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        return "namespace"
    return None


def _filter_calls() -> bool:
    if pyseccomp is None:
        return False
    try:
        rules = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
        for call in REFUSED_CALLS:
            try:
                rules.add_rule(pyseccomp.ERRNO(errno.EPERM), call)
            except (ValueError, OSError, RuntimeError):
                if call == "socket":
                    return False
        rules.load()
    except (OSError, RuntimeError, ValueError):
        return False
    return True


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def shut_files(writable: Path, readable: Iterable[Path]) -> bool:
    """Leave `writable` to write, `readable` and the system's own folders to read. False where there is no Landlock."""
    version = _libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    rights = {1: (1 << 13) - 1, 2: (1 << 14) - 1}.get(version, (1 << 15) - 1)
    attr = _RulesetAttr(rights)
    ruleset = _libc.syscall(
        LANDLOCK_CREATE, ctypes.byref(attr), ctypes.c_size_t(ctypes.sizeof(attr)), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return False
    try:
        code = Path(__file__).parents[1]
        own = [Path(p) for p in (*SYSTEM_PATHS, sys.prefix, sys.base_prefix, sys.exec_prefix)]
        _allow(ruleset, rights, writable)
        _allow(ruleset, rights & 0b10 | READ_EXECUTE, Path("/dev/null"))
        for path in (*own, code, *readable):
            _allow(ruleset, READ_EXECUTE, path)
        return bool(_libc.syscall(LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, rights: int, path: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not path.is_dir():
                rights &= 0b111  # execute, write and read are all that a single file can grant
            attr = _PathAttr(rights, handle)
            _libc.syscall(LANDLOCK_ADD, ctypes.c_int(ruleset), ctypes.c_int(1), ctypes.byref(attr), ctypes.c_uint32(0))
        finally:
            os.close(handle)
