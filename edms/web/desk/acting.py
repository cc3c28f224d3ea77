"""The acts on a letter: each a small page with the letter beside it. A refusal stands at its field, with what was typed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.errors import Conflict, EdmsError, Invalid, RuleBroken
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.staff import kept_forms
from edms.staff.officials import officials
from edms.web.desk import (
    card_form,
    deeds_beside,
    deeds_of_copying,
    deeds_of_execution,
    deeds_of_handwriting,
    deeds_of_intake,
    deeds_of_registry,
    deeds_of_resolution,
    deeds_of_sending,
    deeds_of_terms,
    undoing,
    uploaded,
    view,
)
from edms.web.desk.deeds import Deed, Done
from edms.web.kit import Filled, language, once
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("acting", __name__, url_prefix="/letters")
DEEDS: dict[str, Deed] = {
    **deeds_of_execution.DEEDS,
    **deeds_of_resolution.DEEDS,
    **deeds_of_handwriting.DEEDS,
    **deeds_of_registry.DEEDS,
    **deeds_of_intake.DEEDS,
    **deeds_of_sending.DEEDS,
    **deeds_of_copying.DEEDS,
    **deeds_beside.DEEDS,
    **deeds_of_terms.DEEDS,
}
_ANY = ", ".join(f'"{name}"' for name in DEEDS)
PEOPLE = ("more", "informed", "people")
Answer = str | Response | tuple[str, int]


@bp.route(f"/<int:document_id>/<any({_ANY}):what>", methods=["GET", "POST"], defaults={"thing": 0})
@bp.route(f"/<int:document_id>/<any({_ANY}):what>/<int:thing>", methods=["GET", "POST"])
def act(document_id: int, what: str, thing: int) -> Answer:
    """One act, in one transaction; then back to the letter, or on to the next one."""
    who, deed = actor(), DEEDS[what]
    if request.method == "GET":
        with house().transaction() as session:
            return _page(session, who, document_of(session, who, document_id), what, thing)
    try:
        if deed.with_file:
            _before_the_bytes(who, document_id, deed, thing)
        with house().transaction() as session:
            document = document_of(session, who, document_id, lock=True)
            sent = once.sent(session, who)
            where = sent.place
            if where is None:
                where = sent.led(_onward(document_id, deed.do(session, who, document, thing) or Done()))
            kept_forms.forget(session, who, place(document_id, what, thing))
    except (Invalid, RuleBroken, Conflict) as error:
        with house().transaction() as session:
            document = document_of(session, who, document_id)
            status = 422 if isinstance(error, Invalid) else 409
            return _page(session, who, document, what, thing, error), status
    return redirect(where, 303)


def _onward(document_id: int, done: Done) -> str:
    if done.to_desk or request.form.get("back") == "desk":
        return url_for("desk.page", done=done.undo or None)
    return url_for("letter.page", document_id=done.letter_id or document_id, done=done.undo or None)


def _before_the_bytes(who: Actor, document_id: int, deed: Deed, thing: int) -> None:
    """Who may not is refused before a byte is stored; no transaction is open while the store writes."""
    with house().transaction() as session:
        deed.show(session, who, document_of(session, who, document_id), thing)
    uploaded.put()


def place(document_id: int, what: str, thing: int) -> str:
    """Under which name the form's text is kept while it is typed."""
    return f"{what}-{thing or document_id}"


def form_of(
    session: Session, who: Actor, document: Document, what: str, thing: int, error: EdmsError | None = None
) -> dict[str, Any]:
    """What the form's template needs: fresh, brought back as it was kept, or as it was just refused."""
    deed = DEEDS[what]
    shown = deed.show(session, who, document, thing)
    values, form, back = dict(shown.values), shown.form, None
    keeps = bool(values.get("kept")) or any(each.kind == "area" for each in shown.fields)
    if error is not None:
        form = Filled.again(error, card_form.labels())
    elif keeps and (back := kept_forms.kept(session, who, place(document.document_id, what, thing))):
        form = Filled(values={**form.values, **back.values})
    if error is not None or back is not None:
        values |= _people_again(session, who, form, values)
    return {
        "what": what, "deed": deed, "thing": thing, "form": form, "fields": shown.fields, "told": shown.told,
        "asked": _asked(error), "back": back, "keeps": keeps, "kept_at": place(document.document_id, what, thing),
        **values,
    }  # fmt: skip


def _people_again(session: Session, who: Actor, form: Filled, values: dict[str, Any]) -> dict[str, Any]:
    """The chips of people who were chosen before the form came back."""
    if "more" not in values:
        return {}
    named = {str(p.official_id): p.name(language()) for p in officials(session, who)}
    return {
        field: [(ident, named[ident]) for ident in form.values.get(field, ()) if ident in named] for field in PEOPLE
    }


def _asked(error: EdmsError | None) -> dict[str, list[tuple[str, str]]]:
    if isinstance(error, card_form.SeveralOfThatName):
        return {"correspondent": error.choices}
    return deeds_of_resolution.asked_about(error) if error is not None else {}


def _page(
    session: Session, who: Actor, document: Document, what: str, thing: int, error: EdmsError | None = None
) -> str:
    return render_template(
        "desk/act.html",
        document=document,
        line=view.line_of(session, who, document),
        pages=view.pages_of(session, document),
        offer=undoing.offered(session, who),
        **form_of(session, who, document, what, thing, error),
    )
