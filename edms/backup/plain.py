"""What lies in a backup set is believed only as a plain file within it: no link, no device, nothing endless or nameless.

A set may come from a disk that others write to, and is read as whoever restores: a link in it would be followed there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from edms.errors import Corrupt

MOST_FILES = 10_000  # a set has some tens: dump, list, keys
DEEPEST = 8  # folders within a set


def files_of(folder: Path) -> dict[str, Path]:
    """Every file of a set by its name below it. Errors: Corrupt, naming the first thing that is no plain file."""
    found: dict[str, Path] = {}
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        with os.scandir(here) as entries:
            for entry in entries:
                path, name = Path(entry.path), Path(entry.path).relative_to(folder)
                if entry.is_dir(follow_symlinks=False) and len(name.parts) <= DEEPEST:
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False) and len(found) < MOST_FILES:
                    found[name.as_posix()] = path
                else:
                    raise Corrupt("backup.not_plain", set=folder.name, file=name.as_posix())
    return found


def read(path: Path, most: int) -> bytes:
    """The bytes of a plain file of at most that many; no link is followed. Errors: Corrupt."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise Corrupt("backup.not_plain", set=path.parent.name, file=path.name) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Corrupt("backup.not_plain", set=path.parent.name, file=path.name)
        found = file.read(most + 1)
    if len(found) > most:
        raise Corrupt("backup.too_large", set=path.parent.name, file=path.name)
    return found
