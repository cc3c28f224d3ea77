"""The registration of a letter: the tray, its page, and the card with guesses under their fields.

After the number is drawn it stands large and the next arrival lies open beneath it. Sender and their number are never
taken from a guess by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import flask
from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.capture import reading, separating
from edms.capture.models import Suggestion
from edms.drafting.paper import press
from edms.errors import Invalid
from edms.overview.on_paper import waiting_for_scans
from edms.registry import (
    arrivals,
    attached,
    correspondents,
    documents,
    duplicates,
    reaching,
    registers,
    registration,
    reservations,
)
from edms.registry.intake.card import SPOKEN
from edms.registry.models import Arrival, Document
from edms.registry.words import ArrivalState, ContentRole
from edms.staff.officials import officials
from edms.web.desk import arrivals as trays
from edms.web.desk import (
    arrived,
    card_form,
    ending_form,
    intake_form,
    labels,
    pictures,
    reading_turns,
    remaking,
    signatures,
    tray_lines,
)
from edms.web.desk.card_form import CardForm
from edms.web.desk.intake_form import LABELS, IntakeForm
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("register_letter", __name__, url_prefix="/arrivals")
TRAY = 30


@bp.route("/new", methods=["GET", "POST"])
def paper() -> str | Response | tuple[str, int]:
    """A letter on paper, registered before it is scanned."""
    return _register(None)


@bp.route("/<int:arrival_id>", methods=["GET", "POST"])
def card(arrival_id: int) -> str | Response | tuple[str, int]:
    """The card of an arrival; of one that has ended, how it ended."""
    return _register(arrival_id)


@bp.get("/done/<int:document_id>")
def done(document_id: int) -> str:
    """The number, large until it is put away, over the next arrival's card."""
    who = actor()
    press.get_ready()  # her slip is printed next, and the day's letters after it
    with house().transaction() as session:
        document = documents.document_of(session, who, document_id)
        following = next(iter(arrivals.waiting(session, who, limit=1)), None)
        return page(session, who, following, made=document)


@bp.get("/correspondents")
def find_correspondents() -> str:
    """The answer to the combobox: three letters in any script, or a number."""
    with house().transaction() as session:
        who = actor()
        found = correspondents.find(session, who, request.args.get("q", ""))
        rows = [(c.correspondent_id, c.name, reaching.place_of(who, c) or c.identification or "") for c in found]
    return render_template("desk/options.html", rows=rows)


@bp.get("/twins")
def twins() -> str:
    """The line about a probable duplicate, asked while the card is being typed."""
    asked, who = card_form.asked_about(request.args), actor()
    with house().transaction() as session:
        found = duplicates.twins(session, who, their_number=asked.their_number, their_date=asked.their_date)
        return render_template("desk/twins.html", twins=found)


def _register(arrival_id: int | None) -> str | Response | tuple[str, int]:
    who = actor()
    if request.method == "GET":
        with house().transaction() as session:
            arrival = _arrival(session, who, arrival_id)
            if arrival is not None and arrival.state in (ArrivalState.REMADE, ArrivalState.UNDONE):
                return redirect(url_for("remaking.pages", arrival_id=arrival_id))
            if arrival is not None and arrival.state is not ArrivalState.WAITING:
                return arrived.page(session, who, arrival)
            return page(session, who, arrival)
    try:
        form, beside = read(CardForm), read(IntakeForm)
        with house().transaction() as session:
            document = _make(session, who, _arrival(session, who, arrival_id), form, beside)
    except Invalid as error:
        with house().transaction() as session:
            again = Filled.again(error, card_form.labels() | {name: t(label) for name, label in LABELS.items()})
            choices = error.choices if isinstance(error, card_form.SeveralOfThatName) else []
            return page(session, who, _arrival(session, who, arrival_id), again, choices=choices), 422
    if form.channel not in SPOKEN:  # the next letter is on paper again
        flask.session["kept_card"] = {"register_id": form.register_id, "channel": form.channel.value}
    return redirect(url_for("register_letter.done", document_id=document.document_id), 303)


def _arrival(session: Session, who: Actor, arrival_id: int | None) -> Arrival | None:
    return arrivals.arrival_of(session, who, arrival_id) if arrival_id is not None else None


def _make(
    session: Session, who: Actor, arrival: Arrival | None, form: CardForm, beside: IntakeForm
) -> Document:  # fmt: skip
    book = registers.register_of(session, who, form.register_id)
    reserved = reservations.number_of(session, who, form.reserved) if form.reserved else None
    return registration.register(
        session,
        who,
        book,
        replace(card_form.card_of(session, who, form), authorship=beside.authorship),
        idempotency_key=f"web:{form.key}",
        arrival=arrival,
        reserved=reserved,
        waiting_scan=arrival is None,
        intake=intake_form.intake_of(session, who, beside),
        written_on=form.written_on,
    )


def page(
    session: Session, who: Actor, arrival: Arrival | None, form: Filled | None = None,
    *, made: Document | None = None, choices: list[tuple[str, str]] | None = None,
    joining: Filled | None = None, ending: tuple[ArrivalState, Filled] | None = None,
) -> str:  # fmt: skip
    """Tray, pages and card. `joining` is a join that failed; `ending` stands in the place of the card."""
    content_id = arrival.content_id if arrival is not None else None
    state = reading.state_of(session, content_id) if content_id else None
    read_there = reading.suggestions_of(session, content_id) if content_id else []
    pages, guesses = _seen(session, who, arrival, read_there)
    books = [book for book in registers.registers(session, who) if registers.is_open(book, today())]
    people = officials(session, who)
    waiting = arrivals.waiting(session, who, limit=TRAY)
    form = form or card_form.fresh(session, who, arrival, books, people, read_there)
    options = card_form.options(session, who, books, people)
    said = labels.said_of(session, who, [arrival]).get(content_id or 0) if arrival is not None else None
    return render_template(
        "desk/card.html",
        made=made,
        made_twins=card_form.twins_of(session, who, made) if made else [],
        arrival=arrival,
        on_paper=arrival is None and made is None,
        tray=tray_lines.items(session, waiting, arrival.arrival_id if arrival else None),
        form=form,
        choices=choices or [],
        guesses=guesses,
        options=options,
        intake={**intake_form.options(options["addressee"]), "open": intake_form.unfolded(form)},
        roles=[(r.value, t(f"registry.content_role.{r.value}")) for r in (ContentRole.LATER_PAPER, ContentRole.ANNEX)],
        waiting_scans=trays.scan_choices(waiting_for_scans(session, who)) if arrival is not None else [],
        joining=joining or _joining(said),
        labelled=said,
        meant=_meant_for(session, who, arrival),
        parted=_parted(session, arrival),
        former=arrived.former(session, who, arrival) if arrival is not None else [],
        past=remaking.told(session, content_id) if content_id is not None else [],
        ending=ending,
        end_shows=ending_form.shown(ending[0]) if ending else None,
        ends=[(s.value, t(f"registry.arrival_state.{s.value}")) for s in arrivals.ENDS],
        verdicts=signatures.of_arrival(session, arrival) if arrival is not None else [],
        twins=_same_bytes(session, who, arrival),
        state=state,
        awaited=reading_turns.awaited(session, who, arrival, [arrival.content]) if arrival and arrival.content else [],
        pages=pages,
        inside=attached.attached_to(session, [content_id]) if content_id else [],
        speaks=language(),
    )


def _seen(
    session: Session, who: Actor, arrival: Arrival | None, read_there: Sequence[Suggestion]
) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    """The pages beside the card and the guesses from them; of a container those of the first file in it."""
    if arrival is None or arrival.content is None:
        return [], {}
    content = attached.unwrapped(session, arrival.content)
    where: dict[str, Any] = {"arrival_id": arrival.arrival_id}
    endpoint = "arrivals.picture"
    if content is not arrival.content:
        where["content_id"], endpoint = content.content_id, "arrivals.attached_picture"
        read_there = reading.suggestions_of(session, content.content_id)
    pages = pictures.pages_of_content(
        session, content.content_id, lambda n, kind: url_for(endpoint, page=n, kind=kind, **where)
    )
    return pages, card_form.guesses(session, who, read_there, pages)


def _meant_for(session: Session, who: Actor, arrival: Arrival | None) -> Document | None:
    """The letter that its sender says it belongs to; a registrar looks, and lets it join."""
    ident = arrival.meant_for_id if arrival is not None else None
    return documents.seen_of(session, who, [ident]).get(ident) if ident is not None else None


def _joining(said: labels.Said | None) -> Filled:
    """The join as the label proposes it: the registrar confirms it, nothing is joined by looking at it."""
    if said is None or said.document is None:
        return Filled()
    return Filled.of(number=said.document.number, role=ContentRole.LATER_PAPER.value)


def _parted(session: Session, arrival: Arrival | None) -> str:
    """The pages with which other letters seem to begin, where sheets or blank pages part the scan."""
    content_id = arrival.content_id if arrival is not None else None
    state = reading.state_of(session, content_id) if content_id is not None else None
    if content_id is None or state is None or state.ended_at is None or not state.pages:
        return ""
    return ", ".join(map(str, separating.beginnings(session, content_id, state.pages)))


def _same_bytes(session: Session, who: Actor, arrival: Arrival | None) -> list[duplicates.Twin]:
    if arrival is None or arrival.content is None:
        return []
    return duplicates.twins(session, who, sha256=arrival.content.sha256)
