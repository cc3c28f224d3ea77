"""Acts on what reached the counter: the closed envelope is opened; a citizen did not sign the record of her words."""

from __future__ import annotations

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import NotFound
from edms.registry.intake import acts, correcting, keeping
from edms.registry.models import Document
from edms.web.desk import card_form, intake_form
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.kit import language, read, t
from edms.web.kit.forms import OneLine, Paragraphs


class Correcting(intake_form.IntakeForm):
    """What was noted at the counter, and why it is changed."""

    version: int
    reason: OneLine = ""


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


def _correct_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    stands = keeping.as_intake(keeping.kept(session, document))
    people = [(p.official_id, p.name(language())) for p in card_form.everybody(session, who)]
    choices = {**intake_form.options(people), "closed": document.closed}
    return Shown(intake_form.filled(document, stands), values={"intake": choices})


def _correct(session: Session, who: Actor, document: Document, thing: int) -> None:
    form, stands = read(Correcting), keeping.as_intake(keeping.kept(session, document))
    intake = intake_form.handed_as_before(intake_form.intake_of(session, who, form), stands)
    correcting.correct(
        session, who, document, authorship=form.authorship, intake=intake, reason=form.reason, version=form.version
    )


DEEDS = {
    "correct-intake": Deed("intake.correct", _correct_shown, _correct, template="correct_intake", button="do.save"),
    "open-envelope": Deed("intake.open", _open_shown, _open),
    "not-signed": Deed("intake.not_signed", _refuse_shown, _refuse),
}
