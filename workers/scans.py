"""Polled scan folders: what a scanner has finished writing becomes an arrival; nothing is deleted before it is stored.

Polling, because file events do not cross network shares. A file is taken once it has not changed for the settle time;
it is stored and committed first and moved to `taken/` beside it afterwards. A file that cannot be read goes to the
review tray with its reason and stays where it is.
"""

from __future__ import annotations

import hashlib
import stat
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.errors import EdmsError, Unavailable
from edms.registry import arrivals, contents
from edms.registry.sources import standing
from edms.registry.sources.models import SourceKind
from edms.registry.words import Channel, Tray
from edms.staff.models import Organisation

SETTLE_SECONDS = 5.0
UNFINISHED_SECONDS = 120.0  # a PDF without its end is waited for: the feeder is jammed, somebody turns a page
TAIL = 2048
MOST_AT_ONCE = 200
TAKEN = "taken"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Scan:
    """A file as it was found. Its keys name this very file as it was: written anew under the same name it is another."""

    path: Path
    changed_ns: int
    size: int

    @property
    def key(self) -> str:
        """Of the arrival that it becomes."""
        return f"scan:{hashlib.sha256(self.path.name.encode()).hexdigest()[:32]}:{self.changed_ns}:{self.size}"

    @property
    def unread_key(self) -> str:
        """Of the line in the review tray that says why it could not be read."""
        return f"unread:{self.path.name}:{self.changed_ns}"

    def is_as_it_was(self) -> bool:
        """Has nobody written to it since, or taken it away?"""
        try:
            now = self.path.stat()
        except OSError:
            return False
        return (now.st_mtime_ns, now.st_size) == (self.changed_ns, self.size)


def folders(settings_text: str) -> dict[str, Path]:
    """Organisation code to folder, from `code=folder;code=folder`."""
    pairs = (part.partition("=") for part in settings_text.split(";") if "=" in part)
    return {code.strip(): Path(folder.strip()) for code, _, folder in pairs}


def poll(house: House, subject_id: int | None) -> None:
    """Look into every scan folder once. Which cannot be emptied, and why, stands where the administrator looks."""
    troubles: dict[str, EdmsError] = {}
    for code, folder in folders(house.settings.scan_dirs).items():
        with house.transaction() as session:
            organisation = session.scalar(select(Organisation).where(Organisation.code == code))
        if organisation is None:
            log.error("scan folder of an unknown organisation", organisation=code)
            continue
        try:
            empty(house, organisation, folder)
        except Unavailable as error:
            log.warning("scan folder not emptied", folder=folder.name, reason=error.message)
            troubles[f"{code}: {folder}"] = error
    with house.transaction() as session:
        standing.found(session, SourceKind.FOLDER, troubles)


def empty(house: House, organisation: Organisation, folder: Path) -> None:
    """Take what a scanner has finished writing, the oldest first. What cannot be moved aside holds nothing up.

    Errors: Unavailable for a folder that cannot be read, or where nothing can be moved; the store's own.
    """
    ready = settled(folder, house.settings.scan_settle_seconds)
    keys = {key for each in ready for key in (each.key, each.unread_key)}
    with house.transaction() as session:
        known = arrivals.known_among(session, organisation.organisation_id, keys)
    moved = [
        _move_aside(each.path) for each in ready if each.key in known
    ]  # taken before, and then the machine stopped
    new = [each for each in ready if not known.keys() & {each.key, each.unread_key}][:MOST_AT_ONCE]
    # What lies in the review tray stays here: it may be let be read meanwhile, but no smaller than it is.
    limit = house.settings.upload_limit_bytes
    again = [each for each in ready if each.key not in known and each.unread_key in known and each.size <= limit]
    moved += [moves for each in [*again, *new] if (moves := take(house, organisation, each)) is not None]
    if not all(moved):
        raise Unavailable("scans.cannot_move", folder=folder.name)


def settled(folder: Path, seconds: float = SETTLE_SECONDS) -> list[Scan]:
    """The files that nobody writes to any more, the oldest first. Errors: Unavailable when the folder cannot be read."""
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise Unavailable("scans.folder_away", folder=folder.name) from error
    ready = []
    for path in entries:
        try:
            state = path.lstat()
        except OSError:
            continue  # taken away by its owner in the meantime
        # Links are not followed: a share's user could name any file of the server's.
        age = time.time() - state.st_mtime
        if not stat.S_ISREG(state.st_mode) or age < seconds:
            continue
        if age >= UNFINISHED_SECONDS or _has_its_end(path):
            ready.append(Scan(path, state.st_mtime_ns, state.st_size))
    return sorted(ready, key=lambda each: (each.changed_ns, each.path))


def _has_its_end(path: Path) -> bool:
    """Is it whole, as far as its end tells? Only of a PDF is it known how it ends (ISO 32000-1, 7.5.5)."""
    if path.suffix.lower() != ".pdf":
        return True
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            return b"%%EOF" in file.read()
    except OSError:
        return True  # what cannot be read goes to the review tray with its reason


def take(house: House, organisation: Organisation, scan: Scan) -> bool | None:
    """Store a file, take it in, then move it aside; False when it could not be moved, None when it stays for a reason."""
    actor = Actor.system(organisation.organisation_id)
    try:
        with scan.path.open("rb") as stream:
            stored = house.store.put(stream, limit=house.settings.upload_limit_bytes)
    except FileNotFoundError:
        return None  # its owner was quicker
    except Unavailable:
        raise
    except (OSError, EdmsError) as error:
        _review(house, actor, organisation, scan, error)
        return None
    if not scan.is_as_it_was():
        house.store.delete(stored.key)  # somebody still writes: the next poll takes the whole
        return None
    with house.transaction() as session:
        content = contents.enter(
            session, actor, organisation_id=organisation.organisation_id, stored=stored, name=scan.path.name
        )
        arrivals.take_in(
            session, actor, organisation_id=organisation.organisation_id,
            tray=Tray.SCAN if stored.size else Tray.REVIEW, channel=Channel.SCAN, content=content,
            source=scan.path.parent.name, source_key=scan.key, trouble=None if stored.size else "scans.empty_file",
        )  # fmt: skip
    return _move_aside(scan.path)


def _review(house: House, actor: Actor, organisation: Organisation, scan: Scan, error: Exception) -> None:
    trouble = error.message if isinstance(error, EdmsError) else "scans.cannot_be_read"
    with house.transaction() as session:
        arrivals.take_in(
            session, actor, organisation_id=organisation.organisation_id, tray=Tray.REVIEW, channel=Channel.SCAN,
            content=None, source=scan.path.name, source_key=scan.unread_key, trouble=trouble,
        )  # fmt: skip


def _move_aside(path: Path) -> bool:
    """Out of the way, not away: the folder's owner empties `taken/` when she likes. Did it move?"""
    target = path.parent / TAKEN
    try:
        target.mkdir(exist_ok=True)
        place, count = target / path.name, 1
        while place.exists():
            place, count = target / f"{path.stem} ({count}){path.suffix}", count + 1
        path.rename(place)
    except FileNotFoundError:
        return True  # its owner was quicker
    except OSError:
        return False  # it stays; its key is known, so it is not taken in twice
    return True
