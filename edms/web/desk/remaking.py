"""Two letters in one scan, one letter in two, a wrong order: the pages of a scan, where it lies in the tray or on a letter.

What is refused comes back on the same page, with the pages as they were laid.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.capture import inheriting, reading
from edms.capture import remaking as bytes_of
from edms.errors import EdmsError, Invalid, NotFound, RuleBroken
from edms.registry import arrivals, contents, documents
from edms.registry.models import Arrival, Content, Document, DocumentContent
from edms.registry.remaking import acts
from edms.registry.remaking.models import Remaking
from edms.registry.words import ArrivalState, ContentRole
from edms.staff.models import Official
from edms.web.desk import board as boards
from edms.web.desk import view
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("remaking", __name__)
Answer = str | Response | tuple[str, int]
OTHERS = 100


class Adding(BaseModel):
    """The scan whose pages are added."""

    other: int | None = None


class Why(BaseModel):
    """Why the scan of a letter is made anew."""

    reason: OneLine = ""


@bp.route("/arrivals/<int:arrival_id>/pages", methods=["GET", "POST"])
def pages(arrival_id: int) -> Answer:
    """The pages of what waits: their order, which way up, where a letter begins."""
    who, do = actor(), request.form.get("do", "")
    if request.method == "GET" or do != "make":
        with house().transaction() as session:
            return _page(session, who, arrivals.arrival_of(session, who, arrival_id), do=do)
    try:
        with house().transaction() as session:
            content = _scan(arrivals.arrival_of(session, who, arrival_id), who)
            wanted = bytes_of.plan(session, [content], boards.groups(boards.given(), content.content_id))
        act = _made(who, [arrival_id], wanted)
    except (Invalid, RuleBroken) as error:
        return _again(who, arrival_id, error)
    return redirect(_first(act), 303)


@bp.post("/arrivals/<int:arrival_id>/pages/join")
def join(arrival_id: int) -> Answer:
    """One letter in two scans: the pages of another one follow those of this."""
    who = actor()
    try:
        with house().transaction() as session:
            content = _scan(arrivals.arrival_of(session, who, arrival_id), who)
            other_id = read(Adding).other
            if other_id is None or other_id == arrival_id:
                raise Invalid(fields={"other": "field.missing"})
            wanted = bytes_of.joined(session, [content, _scan(arrivals.arrival_of(session, who, other_id), who)])
        act = _made(who, [arrival_id, other_id], wanted)
    except (Invalid, RuleBroken) as error:
        return _again(who, arrival_id, error)
    return redirect(_first(act), 303)


@bp.route("/letters/<int:document_id>/contents/<int:content_id>/pages", methods=["GET", "POST"])
def letter_pages(document_id: int, content_id: int) -> Answer:
    """The pages of a paper of a letter; what does not belong to it goes to the tray."""
    who, do = actor(), request.form.get("do", "")
    if request.method == "GET" or do != "make":
        with house().transaction() as session:
            return _letter_page(session, who, *_paper(session, who, document_id, content_id), do=do)
    try:
        why = read(Why)
        with house().transaction() as session:
            _, place = _paper(session, who, document_id, content_id)
            if not why.reason:
                raise Invalid(fields={"reason": "registry.reason_missing"})
            wanted = bytes_of.plan(session, [place.content], boards.groups(boards.given(), content_id))
        made = bytes_of.make(house().store, wanted)
        with house().transaction() as session:
            document, place = _paper(session, who, document_id, content_id, lock=True)
            new = bytes_of.enter(session, who, wanted, made)
            acts.remake_paper(session, who, document, place, wanted.kind, new, reason=why.reason)
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            found = _paper(session, who, document_id, content_id)
            return _letter_page(session, who, *found, error=error), _status(error)
    return redirect(url_for("letter.page", document_id=document_id), 303)


@bp.route("/letters/<int:document_id>/contents/<int:content_id>/to-tray", methods=["GET", "POST"])
def to_tray(document_id: int, content_id: int) -> Answer:
    """A wrong scan: off this letter with its reason, and into the tray, where it waits for its own."""
    who, form, status = actor(), Filled(), 200
    if request.method == "POST":
        try:
            why = read(Why)
            with house().transaction() as session:
                _, place = _paper(session, who, document_id, content_id)
                state, content = reading.state_of(session, content_id), place.content
                read_pages = (state.pages or 0) if state is not None and state.ended_at is not None else 0
                known = dict(inheriting.pictures_of(session, [content_id]))
                if not why.reason:
                    raise Invalid(fields={"reason": "registry.reason_missing"})
            made = bytes_of.copy(house().store, content, read_pages, known)
            with house().transaction() as session:
                document, place = _paper(session, who, document_id, content_id, lock=True)
                copy = bytes_of.enter_copy(session, who, place.content, made)
                contents.withdraw_paper(session, who, document, content_id, reason=why.reason)
                waiting = acts.back_to_tray(session, who, document, copy)
            return redirect(url_for("register_letter.card", arrival_id=waiting.arrival_id), 303)
        except (Invalid, RuleBroken) as error:
            form, status = Filled.again(error, {"reason": t("desk.reason")}), _status(error)
    with house().transaction() as session:
        document, place = _paper(session, who, document_id, content_id)
        return render_template(
            "desk/to_tray.html", document=document, place_=place, form=form,
            line=view.line_of(session, who, document),
        ), status  # fmt: skip


@bp.post("/remakings/<int:remaking_id>/undo")
def undo(remaking_id: int) -> Response:
    """Take it back: the scan lies again as it came."""
    who = actor()
    with house().transaction() as session:
        act = acts.remaking_of(session, who, remaking_id)
        if act.document_id is not None:
            documents.document_of(
                session, who, act.document_id, lock=True
            )  # who does not read it knows of no act on it
        acts.undo(session, who, act)
        back = next((part.arrival_id for part in act.parts if not part.made and part.arrival_id), None)
        if act.document_id is not None:
            return redirect(url_for("letter.page", document_id=act.document_id), 303)
    return redirect(url_for("register_letter.card", arrival_id=back), 303)


def _scan(arrival: Arrival, who: Actor) -> Content:
    require(who, Permission.ARRIVAL_REMAKE, arrival)
    if arrival.state is not ArrivalState.WAITING or arrival.content is None:
        raise RuleBroken(
            "registry.arrival_ended" if arrival.content else "registry.nothing_to_join", state=arrival.state.value
        )
    return arrival.content


def _paper(
    session: Session, who: Actor, document_id: int, content_id: int, *, lock: bool = False
) -> tuple[Document, DocumentContent]:
    document = documents.document_of(session, who, document_id, lock=lock)
    require(who, Permission.DOCUMENT_CORRECT, document)
    place = next((p for p in contents.papers(session, document) if p.content_id == content_id), None)
    if place is None:
        raise NotFound
    if place.role is ContentRole.SIGNED:
        raise RuleBroken("registry.signed_stays", number=document.number)
    return document, place


def _made(who: Actor, arrival_ids: list[int], wanted: bytes_of.Plan) -> Remaking:
    """Bytes first, outside any transaction; then their rows and places, all at once."""
    made = bytes_of.make(house().store, wanted)
    with house().transaction() as session:
        sources = [arrivals.arrival_of(session, who, arrival_id) for arrival_id in arrival_ids]
        act = acts.remake(session, who, sources, wanted.kind, bytes_of.enter(session, who, wanted, made))
        _ = act.parts
        return act


def _first(act: Remaking) -> str:
    first = next(part.arrival_id for part in act.parts if part.made)
    return url_for("register_letter.card", arrival_id=first)


def _again(who: Actor, arrival_id: int, error: EdmsError) -> tuple[str, int]:
    with house().transaction() as session:
        return _page(session, who, arrivals.arrival_of(session, who, arrival_id), error=error), _status(error)


def _status(error: EdmsError) -> int:
    return 422 if isinstance(error, Invalid) else 409


def _page(session: Session, who: Actor, arrival: Arrival, *, do: str = "", error: EdmsError | None = None) -> str:
    require(who, Permission.ARRIVAL_READ, arrival)
    content, waits = arrival.content, arrival.state is ArrivalState.WAITING
    registrar = permits(who, Permission.ARRIVAL_REMAKE, arrival)
    others = [
        a for a in arrivals.waiting(session, who, limit=OTHERS) if a.content and a.arrival_id != arrival.arrival_id
    ]
    return _shown(
        session, content, do, error,
        address=lambda n, kind: url_for("arrivals.picture", arrival_id=arrival.arrival_id, page=n, kind=kind),
        here=url_for("remaking.pages", arrival_id=arrival.arrival_id),
        back=(url_for("register_letter.card", arrival_id=arrival.arrival_id) if waits else url_for("arrivals.tray")),
        arrival=arrival, document=None, may=waits and registrar, may_undo=registrar, others=[(a.arrival_id, a.content.name) for a in others if a.content],
    )  # fmt: skip


def _letter_page(
    session: Session, who: Actor, document: Document, place: DocumentContent, *, do: str = "", error: EdmsError | None = None,
) -> str:  # fmt: skip
    document_id, content_id = document.document_id, place.content_id
    may = permits(who, Permission.ARRIVAL_REMAKE, document)
    return _shown(
        session, place.content, do, error,
        address=lambda n, kind: url_for(
            "letter.picture", document_id=document_id, content_id=content_id, page=n, kind=kind
        ),
        here=url_for("remaking.letter_pages", document_id=document_id, content_id=content_id),
        back=url_for("letter.page", document_id=document_id),
        arrival=None, document=document, may=may, may_undo=may, others=[],
    )  # fmt: skip


def _shown(
    session: Session, content: Content | None, do: str, error: EdmsError | None, *, address: Any, **values: Any
) -> str:
    rows: list[dict[str, Any]] = []
    refused = ""
    if content is not None:
        try:
            laid = boards.given() or boards.fresh(session, content)
            laid, focus = boards.moved(laid, do)
            rows = boards.shown(session, content, laid, address, focus)
        except RuleBroken as why:  # it is being read still, or has no pages: said in the place of the pages
            refused = t(why.message, **why.values)
    return render_template(
        "desk/pages.html", content=content, rows=rows, refused=refused,
        form=Filled.again(error, {"pages": t("remaking.pages"), "other": t("remaking.other"), "reason": t("desk.reason")})
        if error else Filled(),
        past=told(session, content.content_id) if content is not None else [], **values,
    )  # fmt: skip


def told(session: Session, content_id: int) -> list[dict[str, Any]]:
    """What was done with a scan before, for those who may know of it: each with its parts and the way back."""
    rows = []
    for act, made in acts.of_content(session, content_id):
        hand = session.get(Official, act.made_by_id) if act.made_by_id else None
        rows.append({
            "act": act, "made": made, "hand": hand.name(language()) if hand else "",
            "of": [(p.arrival_id, session.get_one(Content, p.content_id).name) for p in act.parts if not p.made],
            "into": [(p.arrival_id, session.get_one(Content, p.content_id).name, len(p.sheets)) for p in act.parts if p.made],
        })  # fmt: skip
    return rows
