"""The packages of a transfer, taken away by hand: by whoever may read every letter that lies in them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, not_, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import visible
from edms.archive.models import Transfer, TransferLine, TransferState
from edms.errors import NotFound, RuleBroken
from edms.filing.models import CaseFileEntry
from edms.registry.models import Content, Document


def package_of(session: Session, actor: Actor, transfer: Transfer, transfer_line_id: int) -> Content:
    """The package of one case file. Errors: NotFound; RuleBroken where letters lie in it that the actor may not read."""
    require(actor, Permission.ARCHIVE_READ, transfer)
    line = session.get(TransferLine, transfer_line_id)
    if line is None or line.transfer_id != transfer.transfer_id or line.content_id is None:
        raise NotFound
    if hidden := hidden_in(session, actor, [line.case_file_id]):
        raise RuleBroken("archive.letters_hidden", n=hidden[line.case_file_id])
    return session.get_one(Content, line.content_id)


def hidden_in(session: Session, actor: Actor, case_file_ids: Collection[int]) -> dict[int, int]:
    """How many letters of these case files the actor may not read, by case file; those without any are left out."""
    counted = (
        select(CaseFileEntry.case_file_id, func.count())
        .join(Document, Document.document_id == CaseFileEntry.document_id)
        .where(CaseFileEntry.case_file_id.in_(case_file_ids), not_(visible(actor, Document.readers)))
    )
    return {row[0]: row[1] for row in session.execute(counted.group_by(CaseFileEntry.case_file_id))}


def receipt_of(session: Session, actor: Actor, transfer: Transfer) -> Content:
    """The scan of the archive's receipt. Errors: NotFound where none was entered."""
    require(actor, Permission.ARCHIVE_READ, transfer)
    if transfer.receipt_content_id is None:
        raise NotFound
    return session.get_one(Content, transfer.receipt_content_id)


def of_case_file(session: Session, case_file_id: int) -> Transfer | None:
    """The transfer in which a case file lies now, or by which it went. The caller has seen that it may be known of."""
    found = (
        select(Transfer)
        .join(TransferLine, TransferLine.transfer_id == Transfer.transfer_id)
        .where(
            TransferLine.case_file_id == case_file_id,
            Transfer.state.not_in((TransferState.REFUSED, TransferState.CALLED_OFF)),
        )
    )
    return session.scalar(found.order_by(Transfer.transfer_id.desc()).limit(1))
