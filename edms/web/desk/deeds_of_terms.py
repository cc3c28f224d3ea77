"""The act on a letter's legal term: a leader gives it more time, with the reason that the applicant may read about."""

from __future__ import annotations

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.routing import prolonging
from edms.routing.clocks import legal_due
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import Paragraphs


class Prolonging(BaseModel):
    """By how many days, weeks or months, and why."""

    count: int = 0
    kind: terms.Kind = terms.Kind.MONTH
    reason: Paragraphs = ""


def _shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.LEGAL_TERM_EXTEND, document)
    reached = legal_due(session, document)
    if reached is None or reached.on is None or reached.term.extension is None:
        raise RuleBroken("routing.no_legal_term", number=document.number)
    rule = reached.term.extension
    limit = t(f"prolonging.at_most.{'from_start' if rule.from_start else 'more'}.{rule.kind}", n=rule.limit)
    kinds = [(kind.value, t(f"terms.kind.{kind}")) for kind in prolonging.KINDS]
    return Shown(
        Filled.of(count=1, kind=rule.kind.value),
        [
            Field("text", "count", "prolonging.count"),
            Field("select", "kind", "prolonging.kind", kinds),
            Field("area", "reason", "desk.reason", hint="prolonging.reason_hint"),
        ],
        [(t("letter.until"), words.date(language(), reached.on)), (t("prolonging.allowed"), limit)],
    )


def _prolong(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Prolonging)
    prolonging.extend(session, who, document, count=form.count, kind=form.kind, reason=form.reason)


DEEDS = {"prolong": Deed("prolonging.title", _shown, _prolong)}
