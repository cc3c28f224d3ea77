"""Polled scan folders: what a scanner has finished writing becomes an arrival; nothing is deleted before it is stored.

Polling, because file events do not cross network shares. A file is taken once it has not changed for the settle time;
it is stored and committed first and moved to `taken/` beside it afterwards. A file that cannot be read goes to the
review tray with its reason and stays where it is.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import structlog
from sqlalchemy import select

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.errors import EdmsError, Unavailable
from edms.registry import arrivals, contents
from edms.registry.words import Channel, Tray
from edms.staff.models import Organisation

SETTLE_SECONDS = 5.0
UNFINISHED_SECONDS = 120.0  # a PDF without its end is waited for: the feeder is jammed, somebody turns a page
TAIL = 2048
MOST_AT_ONCE = 200
TAKEN = "taken"

log = structlog.get_logger(__name__)


def folders(settings_text: str) -> dict[str, Path]:
    """Organisation code to folder, from `code=folder;code=folder`."""
    pairs = (part.partition("=") for part in settings_text.split(";") if "=" in part)
    return {code.strip(): Path(folder.strip()) for code, _, folder in pairs}


def poll(house: House, subject_id: int | None) -> None:
    """Look into every scan folder once."""
    for code, folder in folders(house.settings.scan_dirs).items():
        with house.transaction() as session:
            organisation = session.scalar(select(Organisation).where(Organisation.code == code))
        if organisation is None:
            log.error("scan folder of an unknown organisation", organisation=code)
            continue
        for path in settled(folder, house.settings.scan_settle_seconds):
            try:
                take(house, organisation, path)
            except Unavailable as error:
                log.warning("scan not taken, tried again", reason=error.message)
                return


def settled(folder: Path, seconds: float = SETTLE_SECONDS) -> list[Path]:
    """The files that nobody writes to any more, the oldest first."""
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        log.warning("scan folder cannot be read", folder=folder.name, reason=error.strerror)
        return []
    ready = []
    for path in entries:
        try:
            state = path.lstat()
        except OSError:
            continue  # taken away by its owner in the meantime
        # Links are not followed: a share's user could name any file of the server's.
        age = time.time() - state.st_mtime
        if not path.is_file() or path.is_symlink() or age < seconds:
            continue
        if age >= UNFINISHED_SECONDS or _has_its_end(path):
            ready.append((state.st_mtime, path))
    return [path for _, path in sorted(ready)[:MOST_AT_ONCE]]


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


def take(house: House, organisation: Organisation, path: Path) -> None:
    """Store a file, take it in, then move it aside. Doing it again after a crash gives no second arrival."""
    actor = Actor.system(organisation.organisation_id)
    before = path.stat()
    key = f"scan:{hashlib.sha256(path.name.encode()).hexdigest()[:32]}:{before.st_mtime_ns}:{before.st_size}"
    with house.transaction() as session:
        if arrivals.known_by(session, organisation.organisation_id, key) is not None:
            _move_aside(path)  # taken in before, and then the machine stopped
            return
    try:
        with path.open("rb") as stream:
            stored = house.store.put(stream, limit=house.settings.upload_limit_bytes)
    except Unavailable:
        raise
    except (OSError, EdmsError) as error:
        _review(house, actor, organisation, path, error)
        return
    if _changed(path, before):
        house.store.delete(stored.key)  # somebody still writes: the next poll takes the whole
        return
    with house.transaction() as session:
        content = contents.enter(
            session, actor, organisation_id=organisation.organisation_id, stored=stored, name=path.name
        )
        arrivals.take_in(
            session, actor, organisation_id=organisation.organisation_id,
            tray=Tray.SCAN if stored.size else Tray.REVIEW, channel=Channel.SCAN, content=content,
            source=path.parent.name, source_key=key, trouble=None if stored.size else "scans.empty_file",
        )  # fmt: skip
    _move_aside(path)


def _review(house: House, actor: Actor, organisation: Organisation, path: Path, error: Exception) -> None:
    trouble = error.message if isinstance(error, EdmsError) else "scans.cannot_be_read"
    with house.transaction() as session:
        arrivals.take_in(
            session, actor, organisation_id=organisation.organisation_id, tray=Tray.REVIEW, channel=Channel.SCAN,
            content=None, source=path.name, source_key=f"unread:{path.name}:{path.lstat().st_mtime_ns}", trouble=trouble,
        )  # fmt: skip


def _changed(path: Path, before: object) -> bool:
    now = path.stat()
    return (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size)  # type: ignore[attr-defined]


def _move_aside(path: Path) -> None:
    """Out of the way, not away: the folder's owner empties `taken/` when she likes."""
    target = path.parent / TAKEN
    try:
        target.mkdir(exist_ok=True)
        place, count = target / path.name, 1
        while place.exists():
            place, count = target / f"{path.stem} ({count}){path.suffix}", count + 1
        path.rename(place)
    except OSError as error:
        # It stays; its key is known, so it is not taken in twice.
        log.warning("scan could not be moved aside", folder=path.parent.name, reason=error.strerror)
