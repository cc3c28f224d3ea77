"""Keeps the search index true after each event, and builds it anew where an engine has lost it."""

from __future__ import annotations

from time import monotonic

import structlog

from edms import jobs
from edms.bootstrap import House
from edms.errors import Unavailable
from edms.jobs import Kind
from edms.search.indexing import fill, in_batches, index_document

SLICE_SECONDS = 40
"""A round fills this long and leaves the rest to the next, which comes every minute: a worker can stop in between."""

log = structlog.get_logger(__name__)


def index(house: House, subject_id: int | None) -> None:
    """Bring a document's entry to its present state."""
    if subject_id is not None:
        with house.transaction() as session:
            index_document(session, house.search.index(session), subject_id)


def tend(house: House, subject_id: int | None) -> None:
    """Where there is no index that could be asked, fill one and switch to it when all is in.

    A document that the engine refuses gets a job of its own, which is parked with the reason. An engine that is away
    is no failure of the round: it looks again.
    """
    try:
        if house.search.lost():
            _fill(house)
    except Unavailable as error:
        log.warning("search index not tended", reason=error.message)


def _fill(house: House) -> None:
    making = house.search.rebuilding()
    if making is None:
        return
    began = monotonic()
    for batch in in_batches(house.transaction, fill, lambda session: making.index, after=making.after):
        if batch.refused:
            with house.transaction() as session:
                for document_id in batch.refused:
                    jobs.defer(session, Kind.INDEX, document_id)
        if batch.after is None:
            making.take_over()
            log.info("search index built")
            return
        if monotonic() - began > SLICE_SECONDS:
            making.mark(batch.after)
            return
