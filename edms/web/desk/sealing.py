"""Sealing a certified copy or a printed journal with the organisation's seal: its PIN, and the sealed file lies there.

Two short transactions with the way outside between them: signed, raised with none open, kept. What dies on the way
leaves nothing but the file that was there before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Conflict, Invalid, NotFound, RuleBroken, Unavailable
from edms.registry import contents, documents
from edms.registry.models import Content
from edms.registry.words import ContentRole
from edms.reports import journals
from edms.signing import seals
from edms.staff.models import Organisation
from edms.web.kit import Filled
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("sealing", __name__)
ENDING = " · seal.pdf"


@dataclass(frozen=True)
class Subject:
    """What is sealed: its bytes' content, whose, and what is done with the sealed one."""

    content: Content
    organisation: Organisation
    back: str
    document_id: int | None
    put: Callable[[Content], object]


class HasOrganisation(Protocol):
    """A letter, a register."""

    organisation_id: Any


Find = Callable[[Session], Subject]


def offered(who: Actor, thing: HasOrganisation) -> bool:
    """Is sealing hers, and has the organisation of this thing a seal?"""
    return permits(who, Permission.SEAL_SET, thing) and house().seals.card(thing.organisation_id) is not None


@bp.route("/letters/<int:document_id>/contents/<int:content_id>/seal", methods=["GET", "POST"])
def copy(document_id: int, content_id: int) -> Response | str | tuple[Response | str, int]:
    """A certified copy: the sealed one lies beside it, to be sent by e-mail or handed out on a stick."""

    def find(session: Session) -> Subject:
        document = documents.document_of(session, actor(), document_id)
        places = [each for each in contents.papers(session, document) if each.content_id == content_id]
        if not places or places[0].role is not ContentRole.COPY:
            raise NotFound
        return Subject(
            places[0].content, session.get_one(Organisation, document.organisation_id),
            url_for("letter.page", document_id=document_id), document_id,
            lambda made: contents.attach(
                session, actor(), document, made, ContentRole.COPY, dated_on=clock.today(actor().time_zone)
            ),
        )  # fmt: skip

    return _act(find)


@bp.route("/registers/journals/<int:journal_id>/seal", methods=["GET", "POST"])
def journal(journal_id: int) -> Response | str | tuple[Response | str, int]:
    """A printed journal: from now on the sealed one is what is kept and given out."""

    def find(session: Session) -> Subject:
        found = journals.journal_of(session, actor(), journal_id)
        if found.content is None:
            raise NotFound
        return Subject(
            found.content, session.get_one(Organisation, found.organisation_id),
            url_for("journals.page", register_id=found.register_id), None,
            lambda made: setattr(found, "content_id", made.content_id),
        )  # fmt: skip

    return _act(find)


def _act(find: Find) -> Response | str | tuple[Response | str, int]:
    with house().transaction() as session:
        require(actor(), Permission.SEAL_SET, find(session).organisation)
    away = to_step_up()
    if away is not None:
        return away
    if request.method == "GET":
        return _page(find, Filled())
    try:
        back = _sealed(find)
    except (Invalid, RuleBroken, Conflict, Unavailable) as error:
        return _page(find, Filled.again(error).at("pin")), 422
    return redirect(back, 303)


def _sealed(find: Find) -> str:
    with house().transaction() as session:
        subject = find(session)
        if seals.sealed_of(session, subject.content) is not None:
            raise Conflict("seal.sealed_already")
        organisation_id, store_key = subject.organisation.organisation_id, subject.content.store_key
    with house().store.open(store_key) as stream:
        pdf = stream.read()
    made = seals.signed(
        house().transaction, actor(), organisation_id, pdf, pin=request.form.get("pin", ""),
        signer=house().seals.signer(organisation_id), keys=house().keys,
    )  # fmt: skip
    algorithms = house().algorithms
    sealed = seals.finished(made, outside=house().outside, roots=house().roots, at=clock.now(), algorithms=algorithms)
    with house().transaction() as session:
        subject = find(session)
        name = subject.content.name.removesuffix(".pdf") + ENDING
        subject.put(
            seals.keep(
                session, actor(), subject.organisation, subject.content, sealed, store=house().store, name=name,
                document_id=subject.document_id, algorithms=algorithms,
            )
        )  # fmt: skip
        return subject.back


def _page(find: Find, form: Filled) -> str:
    with house().transaction() as session:
        subject = find(session)
        return render_template(
            "desk/seal.html", form=form, name=subject.content.name, back=subject.back,
            card=house().seals.card(subject.organisation.organisation_id), now=clock.now(),
            done=seals.sealed_of(session, subject.content) is not None,
        )  # fmt: skip
