"""Seals the ledger: places new leaves every few seconds, signs a checkpoint at least hourly and on demand."""

from __future__ import annotations

from edms import ledger
from edms.backup import epochs
from edms.bootstrap import House


def sequence(house: House, subject_id: int | None) -> None:
    """Give the waiting leaves their positions."""
    with house.transaction() as session:
        ledger.sequence(session)


def checkpoint(house: House, subject_id: int | None) -> None:
    """Place what waits, then sign the present root, and remember it beside the database."""
    with house.transaction() as session:
        ledger.sequence(session)
    with house.transaction() as session:
        signed = ledger.checkpoint(session, house.ledger_signer)
    epochs.remember(house.settings.data_dir, signed)
