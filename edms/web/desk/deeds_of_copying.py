"""Certifying a copy of a document of our own, from its letter's page."""

from __future__ import annotations

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import copies
from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.kit import read
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house


class Certifying(BaseModel):
    """For whom."""

    issued_to: OneLine | None = None


def _shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.COPY_CERTIFY, document)
    if document.kind.comes_in:
        raise RuleBroken("copies.only_own", number=document.number)
    return Shown(fields=[Field("text", "issued_to", "copies.issued_to", required=False, hint="copies.hint")])


def _certify(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Certifying)
    copies.certify(session, who, document, issued_to=form.issued_to, store=house().store, check_page=house().check_page)


DEEDS = {"copy": Deed("copies.certify", _shown, _certify)}
