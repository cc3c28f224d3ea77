"""A letter on its way: one line an addressee, with channel, state, proof, day of service, and what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.errors import EdmsError, Invalid
from edms.overview.line import LetterLine
from edms.overview.line import lines_of as lines_of_letters
from edms.registry import dispatch, documents, reaching
from edms.registry.going_out import service
from edms.registry.models import Dispatch, Document
from edms.staff.models import Organisation
from edms.web.desk import awaiting, showing, undoing
from edms.web.kit import Filled, Line, explained, forms, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("sendings", __name__)


@bp.get("/letters/<int:document_id>/sendings")
def page(document_id: int) -> str:
    """Every addressee of the letter and what became of each sending."""
    with house().transaction() as session:
        return _page(session, actor(), documents.document_of(session, actor(), document_id), Filled())


@bp.post("/letters/<int:document_id>/sendings")
def send(document_id: int) -> Response | tuple[str, int]:
    """Put it on its way to everybody who waits, each by her own channel."""
    who = actor()
    try:
        with house().transaction() as session:
            document = documents.document_of(session, who, document_id, lock=True)
            made = service.send_all(session, who, document)
    except Invalid as error:
        with house().transaction() as session:
            document = documents.document_of(session, who, document_id)
            return _page(session, who, document, Filled.again(error)), 422
    done = f"dispatch-{made[0].dispatch_id}" if len(made) == 1 else None
    return redirect(url_for("sendings.page", document_id=document_id, done=done), 303)


@bp.get("/sending/ready")
def ready() -> str:
    """Signed letters that nobody sent yet, all marked."""
    return _ready(())


@bp.post("/sending/ready")
def send_marked() -> Response | tuple[str, int]:
    """Put all that are marked on their way; one that cannot go stops no other and says why."""
    marked = forms.marked()
    troubles = list(_sent(actor(), marked))
    if troubles:
        return _ready(troubles), 422
    return redirect(url_for("sending.post_list"), 303)


def _sent(who: Actor, document_ids: list[int]) -> Iterator[tuple[str, str]]:
    for document_id in document_ids:
        number = ""
        try:
            with house().transaction() as session:
                document = documents.document_of(session, who, document_id, lock=True)
                number = document.number
                service.send_all(session, who, document)
        except EdmsError as error:
            said = explained(error)
            yield number, " ".join((said.text, *said.fields.values()))


def _ready(troubles: list[tuple[str, str]] | tuple[()]) -> str:
    who = actor()
    with house().transaction() as session:
        found = service.to_dispatch(session, who)
        rows = [
            (showing.line(line), [each.to for each in service.lines(session, document) if each.waits])
            for document, line in zip(found, lines_of_letters(session, found, clock.today(who.time_zone)), strict=True)
            if awaiting.may(who, document)["dispatch"]
        ]
        return render_template("desk/sending_ready.html", rows=rows, troubles=troubles)


def _page(session: Session, who: Actor, document: Document, form: Filled) -> str:
    rows = lines_of(session, document)
    return render_template(
        "desk/sendings.html",
        document=document,
        rows=rows,
        waiting=sum(line.waits for line, _ in rows),
        form=form,
        may=awaiting.may(who, document),
        address=lambda text, correspondent_id: reaching.address_of(session, who, document, text, correspondent_id),
        offer=undoing.offered(session, who),
        by_worker=dispatch.BY_WORKER,
    )


def reopened(sending: Dispatch, line: LetterLine) -> Line:
    """A letter whose service is an open question again, as a line on a desk: why, and where it is answered."""
    text = sending.trouble or ""
    why = t(text) if words.known(text) else text
    state = t(f"registry.dispatch_state.{sending.state.value}")
    there = url_for("sendings.page", document_id=line.document.document_id)
    return showing.line(replace(line, kind="late"), said=f"{state} · {why}" if why else state, href=there)


def lines_of(session: Session, document: Document) -> list[tuple[service.Line, date | None]]:
    """The letter's addressees, each with the day on which the law presumes service."""
    organisation = session.get_one(Organisation, document.organisation_id)
    return [
        (line, service.presumed_on(line.last, organisation) if line.last is not None else None)
        for line in service.lines(session, document)
    ]
