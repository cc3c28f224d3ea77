"""Proofs carried on before they end: a round finds what is due, each file is a job that resumes."""

from __future__ import annotations

from datetime import timedelta

from edms.bootstrap import House
from edms.errors import EdmsError, Unavailable
from edms.signing import proofs, renewing


def find_due(house: House, subject_id: int | None) -> None:
    """Place new files on their letters, let the table of algorithms count, and ask for the next that are due."""
    with house.transaction() as session:
        proofs.place(session)
    with house.transaction() as session:
        proofs.count_anew(session, house.algorithms)
    with house.transaction() as session:
        proofs.ask_for_due(session, lead=timedelta(days=house.settings.renewal_lead_days))


def renew(house: House, subject_id: int | None) -> None:
    """Put a further time stamp over one signed file. Who is silent is asked again later; anything else is told."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = renewing.to_renew(session, subject_id)
    if work is None:
        return
    try:
        made = renewing.renew(
            work, store=house.store, outside=house.outside, roots=house.roots, algorithms=house.algorithms
        )
    except Unavailable as error:
        with house.transaction() as session:
            renewing.held_up(session, subject_id, error)
        raise
    except EdmsError as error:
        with house.transaction() as session:
            renewing.failed(session, subject_id, error)
        return
    with house.transaction() as session:
        renewing.renewed(session, subject_id, made, house.algorithms)
