"""For when the system is down: sheets of numbers printed beforehand, their letters entered afterwards, the rest voided."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.drafting.pages import office_of
from edms.drafting.paper.hand_journal import HandJournal, hand_journal
from edms.drafting.paper.labels import Label, label_sheet
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.registry import documents, labels, registers
from edms.registry.downtime import sheets
from edms.registry.downtime.models import NumberSheet
from edms.registry.models import Register
from edms.registry.words import NumberState
from edms.staff.models import Official, Organisation
from edms.web.desk import house as place
from edms.web.desk.labels import pdf
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up, visitor

bp = Blueprint("downtime", __name__, url_prefix="/registers")
USUAL_COUNT = 24  # one sheet of A4


class Keeping(BaseModel):
    """How many numbers, why, and through which day they may be given by hand."""

    count: int = 0
    reason: OneLine = ""
    written_until: Day | None = None


@bp.route("/<int:register_id>/downtime", methods=["GET", "POST"])
def page(register_id: int) -> str | Response | tuple[str, int]:
    """The sheets of a register; the form prints the next one."""
    who = actor()
    try:
        with house().transaction() as session:
            book = registers.register_of(session, who, register_id)
            if request.method == "GET":
                last = today().replace(month=12, day=31)
                return _page(
                    session, who, book, Filled.of(count=USUAL_COUNT, written_until=last, reason=t("downtime.usual"))
                )
            form = read(Keeping)
            if form.written_until is None:
                raise Invalid(fields={"written_until": "field.missing"})
            sheets.keep(session, who, book, count=form.count, reason=form.reason, written_until=form.written_until)
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            return _page(session, who, registers.register_of(session, who, register_id), place.again(error)), 422
    return redirect(url_for("downtime.page", register_id=register_id), 303)


@bp.get("/sheets/<int:number_sheet_id>/labels.pdf")
def printed_labels(number_sheet_id: int) -> Response:
    """The numbers that are left as labels on A4; their code leads a scan to the letter entered under the number."""
    who = actor()
    with house().transaction() as session:
        sheet, _ = _sheet(session, who, number_sheet_id)
        own = session.get_one(Organisation, sheet.organisation_id)
        made = [
            Label(
                own.language, own.name(own.language), number.text, None, 0, 0,
                labels.code(house().label_key, own.code, number.register_id, number.year, number.serial),
            )
            for number in sheets.numbers_of(session, sheet)
            if number.state is NumberState.RESERVED
        ]  # fmt: skip
    if not made:
        raise NotFound
    return pdf(label_sheet(made, title=t("downtime.title"), first=request.args.get("first", 1, int)).pdf)


@bp.get("/sheets/<int:number_sheet_id>/journal.pdf")
def printed_journal(number_sheet_id: int) -> Response:
    """The journal to be filled in by hand."""
    who = actor()
    with house().transaction() as session:
        sheet, book = _sheet(session, who, number_sheet_id)
        own = session.get_one(Organisation, sheet.organisation_id)
        official = visitor().official
        values = HandJournal(
            office=office_of(own, own.language),
            language=own.language,
            register=book.name(own.language),
            numbers=[n.text for n in sheets.numbers_of(session, sheet) if n.state is NumberState.RESERVED],
            until=sheet.written_until,
            made_on=today(),
            made_by=official.name(own.language) if official is not None else "",
        )
    return pdf(hand_journal(values).pdf)


@bp.route("/sheets/<int:number_sheet_id>/close", methods=["GET", "POST"])
def close(number_sheet_id: int) -> str | Response | tuple[str, int]:
    """Void what is left of a sheet: the password first, then the reason."""
    who, form, status = actor(), Filled(), 200
    with house().transaction() as session:
        _sheet(session, who, number_sheet_id)
    away = to_step_up()
    if away is not None:
        return away
    try:
        if request.method == "POST":
            with house().transaction() as session:
                sheet, book = _sheet(session, who, number_sheet_id)
                sheets.close(session, who, sheet, reason=request.form.get("reason", ""))
            return redirect(url_for("downtime.page", register_id=book.register_id), 303)
    except (Invalid, Conflict) as error:
        form, status = place.again(error), 422
    with house().transaction() as session:
        sheet, book = _sheet(session, who, number_sheet_id)
        left = [n for n in sheets.numbers_of(session, sheet) if n.state is NumberState.RESERVED]
        return render_template("desk/downtime_close.html", sheet=sheet, book=book, left=left, form=form), status


def _sheet(session: Session, who: Actor, number_sheet_id: int) -> tuple[NumberSheet, Register]:
    sheet = sheets.sheet_of(session, who, number_sheet_id)
    require(who, Permission.NUMBER_RESERVE, sheet)
    return sheet, registers.register_of(session, who, sheet.register_id)


def _page(session: Session, who: Actor, book: Register, form: Filled) -> str:
    may = permits(who, Permission.NUMBER_RESERVE, book)
    return render_template(
        "desk/downtime.html", book=book, form=form, may=may and registers.is_open(book, today()),
        rows=[_row(session, who, sheet, may) for sheet in sheets.sheets(session, who, book)],
    )  # fmt: skip


def _row(session: Session, who: Actor, sheet: NumberSheet, may: bool) -> dict[str, Any]:
    numbers = sheets.numbers_of(session, sheet)
    hand = session.get(Official, sheet.printed_by_id) if sheet.printed_by_id else None
    letters = documents.seen_of(session, who, [n.document_id for n in numbers if n.document_id is not None])
    written = sheets.by_hand(session, list(letters))
    return {
        "sheet": sheet, "first": numbers[0].text, "last": numbers[-1].text,
        "hand": hand.name(language()) if hand is not None else "", "counts": sheets.state_of(numbers),
        "left": [n for n in numbers if n.state is NumberState.RESERVED] if may else [],
        "entered": [(letters[i], written[i]) for i in letters if i in written],
    }  # fmt: skip
