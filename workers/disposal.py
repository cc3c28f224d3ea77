"""Keeping and destruction by machine: dates of closed cases, the round of holds and acts, erasing, the act's papers."""

from __future__ import annotations

import io

from edms import clock
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.drafting.paper.disposal import act_paper, certificate
from edms.overview import destroyed
from edms.retention import dating, erasing, holds, papers, wiping
from workers import keeping


def set_due(house: House, subject_id: int | None) -> None:
    """Set until when a case file is kept that was closed."""
    if subject_id is not None:
        with house.transaction() as session:
            dating.set_due(session, subject_id)


def reset_class(house: House, subject_id: int | None) -> None:
    """Compute the dates of a class anew."""
    if subject_id is not None:
        with house.transaction() as session:
            dating.reset_class(session, subject_id)


def tend(house: House, _: int | None) -> None:
    """The round: holds whose last day is over end, missing dates are set, acts that have cooled off begin."""
    with house.transaction() as session:
        holds.end_past(session)
    with house.transaction() as session:
        dating.catch_up(session)
    with house.transaction() as session:
        erasing.begin_due(session)
    keeping.note_destroyed(house)  # what a machine destroyed that does not see the folder


def erase(house: House, subject_id: int | None) -> None:
    """Erase an act's cases one by one, the bytes of each after its decision is committed.

    Bytes that the store keeps locked stay noted with the reason, and the round tries again; a store that does not answer
    is waited for.
    """
    if subject_id is None:
        return
    wiping.wipe(house.transaction, house.store, subject_id)  # what an earlier try left
    while _decided(house, subject_id):
        keeping.note_destroyed(house)  # known beside the backups before a byte goes
        wiping.wipe(house.transaction, house.store, subject_id)
    with house.transaction() as session:
        erasing.end(session, subject_id)


def _decided(house: House, act_id: int) -> bool:
    with house.transaction() as session:
        return erasing.decide_next(session, act_id)


def print_act(house: House, subject_id: int | None) -> None:
    """Print what an act still lacks: itself once it is registered, its certificate once all is erased."""
    if subject_id is None:
        return
    house.seal()  # the certificate names the places of leaves
    with house.transaction() as session:
        wanted = papers.wanted(session, subject_id)
    for kind in wanted:
        with house.transaction() as session:
            values = destroyed.paper_of(session, subject_id, clock.now())
        pressed = act_paper(values) if kind is papers.Paper.ACT else certificate(values)
        stored = house.store.put(io.BytesIO(pressed.pdf), limit=house.settings.upload_limit_bytes)
        with house.transaction() as session:
            papers.keep(session, Actor.system(values.organisation_id), subject_id, kind, stored)
