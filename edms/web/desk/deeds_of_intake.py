"""Acts on what reached the counter: the closed envelope is opened; a citizen did not sign the record of her words."""

from __future__ import annotations

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import NotFound
from edms.registry.intake import acts, keeping
from edms.registry.models import Document
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.kit import read, t
from edms.web.kit.forms import Paragraphs


class Refusing(BaseModel):
    """Why the record is not signed."""

    reason: Paragraphs = ""


def _open_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    kept = keeping.kept(session, document).intake
    if kept is None or kept.envelope is None:
        raise NotFound
    require(who, Permission.ENVELOPE_OPEN, kept)
    return Shown(told=[(t("intake.envelope"), t(f"intake.envelope.{kept.envelope.value}"))])


def _open(session: Session, who: Actor, document: Document, thing: int) -> None:
    acts.open_envelope(session, who, document)


def _refuse_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    if keeping.kept(session, document).spoken is None:
        raise NotFound
    return Shown(fields=[Field("area", "reason", "desk.reason", hint="intake.refused_hint")])


def _refuse(session: Session, who: Actor, document: Document, thing: int) -> None:
    acts.refuse(session, who, document, reason=read(Refusing).reason)


DEEDS = {
    "open-envelope": Deed("intake.open", _open_shown, _open),
    "not-signed": Deed("intake.not_signed", _refuse_shown, _refuse),
}
