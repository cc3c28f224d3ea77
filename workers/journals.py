"""Prints the journals that were asked for. What is read is of one moment; the minutes of printing hold no transaction."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from edms import clock
from edms.bootstrap import House
from edms.drafting.pages import office_of
from edms.drafting.paper.journal import Journal, journal
from edms.errors import Forbidden, NotFound
from edms.reports import journals
from edms.reports.journal import Tally
from edms.reports.journal_lines import Line


def make(house: House, subject_id: int | None) -> None:
    """Print a journal; one that its asker may no longer make is marked so."""
    if subject_id is None:
        return
    house.seal()
    with tempfile.TemporaryDirectory(prefix="edms-journal-") as name, tempfile.TemporaryFile() as spooled:
        try:
            with house.transaction() as session:
                journals.at_one_moment(session)
                work = journals.to_make(session, subject_id)
                if work is None:
                    return
                speaks = work.organisation.language
                head = Journal(
                    office_of(work.organisation, speaks), speaks, work.book.name(speaks), work.period.first,
                    work.period.last, clock.today(work.actor.time_zone), work.official.name(speaks),
                )  # fmt: skip
                lines, tally, wording = journals.lines(session, work.actor, work.book, work.period, speaks)
                for line in lines:
                    pickle.dump(line, spooled)
                foot = wording.foot(tally)
        except (Forbidden, NotFound):
            give_up(house, subject_id)
            return
        path, pages = journal(head, _again(spooled, tally), lambda: foot, Path(name))
        with path.open("rb") as stream:
            stored = house.store.put(stream, limit=house.settings.upload_limit_bytes)
    with house.transaction() as session:
        journals.made(session, subject_id, stored, work=work, tally=tally, pages=pages)


def give_up(house: House, subject_id: int | None) -> None:
    """Say that it could not be made."""
    if subject_id is not None:
        with house.transaction() as session:
            journals.failed(session, subject_id)


def _again(spooled: IO[bytes], tally: Tally) -> Iterator[Line]:
    """The lines that were put aside: our own, in a file without a name."""
    spooled.seek(0)
    for _ in range(tally.lines):
        yield pickle.load(spooled)  # noqa: S301
