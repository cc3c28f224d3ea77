"""Two habits of everything written to a disk here: nobody else may read it, and its name survives a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def private(path: str, flags: int) -> int:
    """Opener of files that only this account reads."""
    return os.open(path, flags, 0o600)


def sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
