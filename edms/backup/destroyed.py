"""The list of what acts of destruction destroyed, beside the sets: a set from before an act still has the letters.

    TO/destroyed-<key>.list     a line for each destroyed case file: its seal, and what it was (`edms.retention.gone`)

Each seal is over the line and the seal before it, so that no line can be added, changed, moved or taken out of the middle
unseen; that none is missing at the end the sets say, each of which knows how many there were. Lines are only added. A
list is this key's alone: another machine, with another key, begins one of its own, with all that its database knows.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy.orm import Session

from edms.backup import plain, sets
from edms.backup.seals import Sealer, Seals
from edms.backup.sets import BackupSet, disk_failed
from edms.errors import Corrupt, RuleBroken
from edms.retention import gone
from edms.retention.gone import GoneCase
from edms.storage.disk import private, sync

NAMES = "destroyed-*.list"
LARGEST = 1 << 30  # bytes
_WHAT = b"edms destroyed case\n"
Transaction = Callable[[], AbstractContextManager[Session]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Line:
    seal: str
    text: str

    @property
    def case(self) -> GoneCase:
        return GoneCase.from_json(json.loads(self.text))


def name_of(ident: str) -> str:
    """The file of a key's list."""
    return f"destroyed-{ident}.list"


def note(root: Path, sealer: Sealer, transaction: Transaction) -> int:
    """Bring the list of this key up to what the database knows; how many case files it names now.

    One that is not as this key wrote it is put aside and written anew: the database knows all of it. Errors: Unavailable
    (disk).
    """
    path = root / name_of(sealer.ident)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(path) as file:
            lines, whole = _lines(file.read())
            if not _chained(lines, sealer.seals):
                _aside(path)
                return note(root, sealer, transaction)
            file.truncate(whole)  # the end of a line that a death left half
            file.seek(whole)
            known = {line.case.leaf for line in lines}
            before = lines[-1].seal if lines else ""
            with transaction() as session:
                for case in gone.cases(session, known):
                    text = json.dumps(case.to_json(), ensure_ascii=False, separators=(",", ":"))
                    before = sealer.seal(_sealed(before, text))
                    file.write(f"{before} {text}\n".encode())
                    known.add(case.leaf)
            file.flush()
            os.fsync(file.fileno())
        sync(root)
    except OSError as error:
        raise disk_failed(root, error) from error
    return len(known)


def missing(root: Path, sealer: Sealer, transaction: Transaction) -> int:
    """How many case files that the database knows as destroyed this key's list does not name, or not as it wrote them."""
    path = root / name_of(sealer.ident)
    with transaction() as session:
        known = set(gone.leaves(session))
    if not path.is_file():
        return len(known)
    lines, _ = _lines(plain.read(path, LARGEST))
    return len(known - {line.case.leaf for line in lines}) if _chained(lines, sealer.seals) else len(known)


def read(path: Path, known: Seals | None) -> list[GoneCase]:
    """The case files that a list names; `known` None: a person takes it as it is.

    Errors: RuleBroken where none of the keys is its, Corrupt where it is not what that key wrote.
    """
    lines, _ = _lines(plain.read(path, LARGEST))
    if known is not None and lines:
        if not known.hold(_sealed("", lines[0].text), lines[0].seal):
            raise RuleBroken("backup.list_of_other_key", file=path.name)
        if not _chained(lines, known):
            raise Corrupt("backup.list_changed", file=path.name)
    try:
        return [line.case for line in lines]
    except (ValueError, KeyError, TypeError):
        raise Corrupt("backup.list_changed", file=path.name) from None


def beside(found: BackupSet, known: Seals | None) -> list[GoneCase] | None:
    """What all lists beside a set name; None where there is none and no set speaks of one.

    Errors: those of `read`; Corrupt for a list that is shorter than a set says.
    """
    root = found.folder.parent.parent
    lists = {path.name: read(path, known) for path in sorted(root.glob(NAMES))}
    for name, cases in sets.lists(root).items():
        if len(lists.get(name, ())) < cases:
            raise Corrupt("backup.list_short", file=name, n=len(lists.get(name, ())), wanted=cases)
    return _each_once(lists.values()) if lists else None


def given(paths: Iterable[Path], known: Seals | None) -> list[GoneCase]:
    """What the lists name that a person brought; a folder stands for all lists in it. Errors: those of `read`."""
    files = [file for path in paths for file in (sorted(path.glob(NAMES)) if path.is_dir() else [path])]
    if not files:
        raise RuleBroken("backup.no_list")
    return _each_once(read(file, known) for file in files)


def _each_once(lists: Iterable[list[GoneCase]]) -> list[GoneCase]:
    return list({case.leaf: case for cases in lists for case in cases}.values())


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The list, made where there is none, for one writer at a time."""
    with open(path, "a+b", opener=lambda name, flags: private(name, flags | os.O_NOFOLLOW)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file


def _aside(path: Path) -> None:
    log.error("list of what was destroyed was changed by somebody", file=str(path))
    path.rename(path.with_name(f"{path.name}.changed-{os.urandom(4).hex()}"))


def _lines(raw: bytes) -> tuple[list[_Line], int]:
    """The lines of a list, and up to which byte they are whole."""
    whole = raw.rfind(b"\n") + 1
    parts = [line.partition(" ") for line in raw[:whole].decode("utf-8", "replace").split("\n")[:-1]]
    return [_Line(seal, text) for seal, _, text in parts], whole


def _chained(lines: list[_Line], known: Seals) -> bool:
    before = ""
    for line in lines:
        if not known.hold(_sealed(before, line.text), line.seal):
            return False
        before = line.seal
    return True


def _sealed(before: str, text: str) -> bytes:
    return _WHAT + before.encode("ascii", "replace") + b"\n" + text.encode()
