"""Packs case files for the archive, lays out what was handed over, reads the contents again."""

from __future__ import annotations

import structlog

from edms import clock
from edms.archive import fixity, laying_out, packing
from edms.bootstrap import House
from edms.errors import EdmsError
from workers.handling import passes

log = structlog.get_logger(__name__)


def pack(house: House, subject_id: int | None) -> None:
    """Make the package of one case file; why it cannot be made is kept where the archivist looks."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = packing.to_pack(session, subject_id, verifier=house.ledger_signer.verifier, published=house.key_page)
    if work is None:
        return
    until = clock.now()
    house.seal()
    try:
        stored = packing.pack(work, house.transaction, house.store, until=until)
    except EdmsError as error:
        if not passes(error):
            with house.transaction() as session:
                packing.stuck(session, subject_id, error)
        raise
    with house.transaction() as session:
        packing.packed(session, work, stored)


def give_up(house: House, subject_id: int | None) -> None:
    """Say that it could not be made."""
    if subject_id is not None:
        with house.transaction() as session:
            packing.stuck(session, subject_id, None)


def lay_out(house: House, subject_id: int | None) -> None:
    """Lay the packages of a transfer out, where the settings name a folder."""
    root = house.settings.archive_dir
    if subject_id is None or root is None:
        return
    with house.transaction() as session:
        work = laying_out.to_lay_out(session, subject_id)
    if work is None:
        return
    laying_out.lay_out(work, root, house.store)
    with house.transaction() as session:
        laying_out.laid_out(session, subject_id)


def read_contents(house: House, subject_id: int | None) -> None:
    """Read the next contents again; what is not as it was stored is an alarm."""
    with house.transaction() as session:
        most = fixity.wanted(session, house.settings.fixity_days)
    done = fixity.run(house.transaction, house.store, most=most)
    if done.faults:
        log.critical("contents are not what was stored", contents=sorted(done.faults))
