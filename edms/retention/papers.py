"""The papers of an act of destruction: which it still lacks, and keeping them on its document."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.db.locking import lock
from edms.registry import contents
from edms.registry.models import Document
from edms.registry.words import ContentRole
from edms.retention.act_models import ActState, DisposalAct
from edms.storage.port import Stored


class Paper(StrEnum):
    """What is printed of an act."""

    ACT = "act"  # with its list of cases, once it is registered
    CERTIFICATE = "certificate"  # what was destroyed, once all is erased


def wanted(session: Session, disposal_act_id: int) -> list[Paper]:
    """The papers that an act should have and has not."""
    act = session.get(DisposalAct, disposal_act_id)
    if act is None or act.document_id is None or act.state is ActState.WITHDRAWN:
        return []
    lacks = [Paper.ACT] if act.paper_id is None else []
    if act.state is ActState.DONE and act.certificate_id is None:
        lacks.append(Paper.CERTIFICATE)
    return lacks


def keep(session: Session, actor: Actor, disposal_act_id: int, paper: Paper, stored: Stored) -> None:
    """Keep a printed paper on the act's document. One that another print brought first stays; ours is swept."""
    act = session.get_one(DisposalAct, disposal_act_id)
    lock(session, act)
    if paper not in wanted(session, disposal_act_id):
        return
    document = session.get_one(Document, act.document_id)
    content = contents.enter(
        session, actor, organisation_id=act.organisation_id, stored=stored,
        name=f"{document.number.replace('/', '-')}-{paper}.pdf", media_type="application/pdf",
    )  # fmt: skip
    role = ContentRole.ORIGINAL if paper is Paper.ACT else ContentRole.LATER_PAPER
    contents.join(session, actor, document, content, role)
    if paper is Paper.ACT:
        act.paper_id = content.content_id
    else:
        act.certificate_id = content.content_id
