"""Printed lists and cards: the control card of a letter, an extract of a register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask import Response as Answer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.drafting.pages import office_of
from edms.drafting.paper.cards import ControlCard, Execution, control_card
from edms.drafting.paper.lists import (
    Inventory,
    InventoryLine,
    RegisterExtract,
    RegisterLine,
    inventory,
    register_extract,
)
from edms.drafting.paper.press import Pressed
from edms.filing import case_files
from edms.filing.models import CaseFileEntry
from edms.overview.cases import case_file_page
from edms.overview.controlled import Card, card_of
from edms.overview.line import LetterLine
from edms.overview.on_registers import card_columns
from edms.overview.register import COUNTED, Wanted, count, register_page
from edms.registry import documents, registers, reservations
from edms.registry.models import Number, Register
from edms.retention.dating import kept
from edms.staff.models import Official, Organisation
from edms.web.desk import register_list
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor, visitor

bp = Blueprint("prints", __name__)
MOST_PRINTED = 500
MOST_IN_A_VOLUME = 1_000  # a volume holds 250 sheets


@bp.get("/letters/<int:document_id>/control-card")
def control_card_page(document_id: int) -> Response:
    """The card that goes with a letter under control (D414 art. 38, 42)."""
    who = actor()
    with house().transaction() as session:
        document = documents.document_of(session, who, document_id)
        organisation = session.get_one(Organisation, document.organisation_id)
        speaks, found = organisation.language, card_of(session, who, document)
        values = ControlCard(
            office=office_of(organisation, speaks),
            language=speaks,
            number=document.number,
            day=document.registered_on,
            sender=document.correspondent_name or "",
            their_number=document.their_number or "",
            their_date=document.their_date,
            summary=document.summary,
            resolution=found.text,
            author=_author(found, speaks),
            resolved_on=found.resolved_on,
            due_on=found.due_on,
            executions=[
                Execution(_name(e.who, speaks), e.what, e.due_on, e.responsible, e.done_on, e.note)
                for e in found.executed
            ],
            extensions=[words.date(speaks, day) for day in found.extended],
            execution_mark="; ".join(f"{r.number}, {words.date(speaks, r.registered_on)}" for r in found.replies),
            case_index=document.case_index or "",
            removed_on=found.removed_on,
        )
    return _pdf(control_card(values), "control-card")


@bp.get("/registers/<int:register_id>/extract.pdf")
def extract(register_id: int) -> Response | str:
    """What the register's page shows under its filters, on paper; where it is longer than five hundred lines, the reader
    is asked first, and the paper says it too."""
    who, total = actor(), 0
    with house().transaction() as session:
        book = registers.register_of(session, who, register_id)
        organisation = session.get_one(Organisation, book.organisation_id)
        speaks = organisation.language
        wanted = replace(register_list.asked(request.args), before=None)
        rows = register_page(session, who, book, wanted, limit=MOST_PRINTED + 1)
        if len(rows) > MOST_PRINTED:
            rows, total = rows[:MOST_PRINTED], count(session, who, book, wanted)
            if "cut" not in request.args:
                return _asked(who, book, wanted, total)
        days = [row.document.registered_on for row in rows]
        today = clock.today(who.time_zone)
        values = RegisterExtract(
            office=office_of(organisation, speaks),
            language=speaks,
            register=book.name(speaks),
            first_on=min(days, default=today),
            last_on=max(days, default=today),
            lines=_with_voids(session, who, book, rows, speaks),
            made_on=today,
            made_by=_name(visitor().official, speaks),
            cut=_cut(speaks, total) if total else "",
        )
    return _pdf(register_extract(values), "register")


def _cut(speaks: str, total: int) -> str:
    """How much of the list is printed; how long a very long one is, nobody counts."""
    message = "paper.first_of" if total <= COUNTED else "paper.first_of_many"
    return words.say(speaks, message, n=MOST_PRINTED, total=words.number(speaks, min(total, COUNTED)))


def _asked(who: Actor, book: Register, wanted: Wanted, total: int) -> str:
    """The list is longer than this paper: said before it is printed, with the ways to all of it."""
    query = register_list.query(wanted)
    whole = [(t("registers.excel"), f"{url_for('registers.excel', register_id=book.register_id)}?{query}")]
    if permits(who, Permission.JOURNAL_READ, book):
        whole.insert(0, (t("journal.title"), url_for("journals.page", register_id=book.register_id)))
    here = url_for("prints.extract", register_id=book.register_id)
    return render_template(
        "desk/print_cut.html", title=book.name(language()), back=url_for("registers.book", register_id=book.register_id),
        here=f"{here}?{query}&cut=1".replace("?&", "?"), n=MOST_PRINTED, total=min(total, COUNTED), more=total > COUNTED, whole=whole, said="print.newest_first",
    )  # fmt: skip


@bp.get("/cases/<int:case_file_id>/inventory.pdf")
def inventory_page(case_file_id: int) -> Response:
    """The inventory inside a volume: the letters that the reader may see, at their places."""
    who = actor()
    with house().transaction() as session:
        found = case_files.case_file_of(session, who, case_file_id)
        organisation = session.get_one(Organisation, found.organisation_id)
        speaks, index = organisation.language, found.case_index
        values = Inventory(
            office=office_of(organisation, speaks),
            language=speaks,
            index=index.index,
            title=index.title(speaks),
            year=index.year,
            volume=found.volume,
            lines=_places(case_file_page(session, who, found, limit=MOST_IN_A_VOLUME)),
            sheets=found.sheets,
            kept="; ".join(_said(speaks, message, values) for message, values in kept(session, found).why[:1]),
            made_on=clock.today(who.time_zone),
            made_by=_name(visitor().official, speaks),
        )
    return _pdf(inventory(values), "inventory")


def _with_voids(
    session: Session, who: Actor, book: Register, rows: Sequence[LetterLine], speaks: str
) -> list[RegisterLine]:
    """The letters in the order of their numbers, and between them the void numbers: no serial is missing on paper."""
    lines = [((row.document.year, row.document.serial), _line(row, speaks)) for row in rows]
    places = [place for place, _ in lines]
    if places and not any(request.args.get(name) for name in ("state", "unit")):
        lines += [
            ((n.year, n.serial), RegisterLine(n.text, n.drawn_on, void=_why(n, speaks)))
            for n in reservations.voids(session, who, book, after=min(places), until=max(places))
        ]
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def _why(number: Number, speaks: str) -> str:
    """The reason of a void; what a machine wrote down as a message is said in the office's words."""
    parts = (number.reason or "").split(" · ")
    return " · ".join(words.say(speaks, part) if part.startswith("registry.") else part for part in parts)


def _places(rows: Sequence[tuple[CaseFileEntry, LetterLine]]) -> list[InventoryLine]:
    """Where each letter's sheets lie is known only while no letter before it is hidden from the reader."""
    made, at, before = [], 1, 0
    for entry, row in rows:
        whole = entry.position == before + 1
        span = f"{at}-{at + entry.sheets - 1}" if entry.sheets > 1 else str(at)
        sheets = span if whole and entry.sheets else str(entry.sheets)
        document = row.document
        made.append(InventoryLine(entry.position, document.number, document.registered_on, document.summary, sheets))
        before, at = (entry.position, at + entry.sheets) if whole else (-2, at)
    return made


def _said(speaks: str, message: str, values: Mapping[str, object]) -> str:
    shown = {name: words.date(speaks, value) if isinstance(value, date) else value for name, value in values.items()}
    return words.say(speaks, message, **shown)


def _line(row: LetterLine, speaks: str) -> RegisterLine:
    columns = card_columns(row, speaks, _name(row.responsible, speaks))
    if row.by_hand:
        columns["execution"] += f", {words.say(speaks, 'by_hand.mark')}"
    return RegisterLine(**columns, by_hand=row.numbered_on)


def _name(official: Official | None, speaks: str) -> str:
    return official.name(speaks) if official is not None else ""


def _author(found: Card, speaks: str) -> str:
    if found.entered_by is None:
        return _name(found.author, speaks)
    entered = words.say(speaks, "desk.entered_by", name=_name(found.entered_by, speaks))
    return f"{_name(found.author, speaks)} · {entered}"


def _pdf(paper: Pressed, name: str) -> Response:
    return Answer(
        paper.pdf, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"}
    )
