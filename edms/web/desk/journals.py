"""A register of a period to hold in hand: the workbook at once, the paper when the machine has printed it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound
from edms.registry import registers
from edms.registry.models import Register
from edms.registry.series import drawn_in
from edms.reports import journals, lists
from edms.reports.models import Journal, JournalState, ListKind
from edms.reports.period import Period, between
from edms.web.desk import pictures, sealing
from edms.web.desk.tables import taken
from edms.web.kit import Filled, answers, language, today
from edms.web.kit.forms import Day
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("journals", __name__, url_prefix="/registers")
LINES_A_SECOND = 40  # of printing, on two cores


class Span(BaseModel):
    """From day to day; the year so far where nothing is said."""

    first: Day | None = None
    last: Day | None = None

    def period(self) -> Period:
        """The period. Errors: Invalid."""
        return between(self.first or today().replace(month=1, day=1), self.last or today())


@bp.route("/<int:register_id>/journal", methods=["GET", "POST"])
def page(register_id: int) -> str | Response | tuple[str, int]:
    """The period and what it holds; the workbook, and the papers that were asked for. Sending asks for one."""
    who = actor()
    try:
        span = _span().period()
        with house().transaction() as session:
            book = registers.register_of(session, who, register_id)
            if request.method == "GET":
                return _page(session, who, book, span, Filled.of(first=_day(span.first), last=_day(span.last)))
            journals.ask(session, who, book, span)
    except Invalid as error:
        with house().transaction() as session:
            book = registers.register_of(session, who, register_id)
            return _page(session, who, book, Span().period(), Filled.again(error)), 422
    here = url_for("journals.page", register_id=register_id, first=_day(span.first), last=_day(span.last))
    return redirect(here, 303)


@bp.get("/<int:register_id>/journal.xlsx")
def excel(register_id: int) -> Response:
    """Every line of the journal as a workbook, its foot at the end."""
    who, span = actor(), _span().period()
    with house().transaction() as session:
        require(who, Permission.JOURNAL_READ, registers.register_of(session, who, register_id))
    house().seal()
    asked, speaks = lists.journal_asked(register_id, span), language()
    return taken(
        ListKind.JOURNAL, asked, "xlsx", lambda session: lists.of(session, who, ListKind.JOURNAL, asked, speaks)
    )


@bp.get("/journals/<int:journal_id>.pdf")
def paper(journal_id: int) -> Response:
    """What was printed."""
    with house().transaction() as session:
        found = journals.journal_of(session, actor(), journal_id)
        if found.content is None:
            raise NotFound
        content = found.content
    return pictures.download(house().store, content)


def _page(session: Session, who: Actor, book: Register, span: Period, form: Filled) -> str:
    require(who, Permission.JOURNAL_READ, book)
    drawn = drawn_in(session, who, book, span.first, span.last)
    asked = journals.asked(session, who, book)
    return render_template(
        "desk/journal.html", book=book, form=form, span=span, drawn=drawn, asked=asked, states=JournalState,
        query=f"first={_day(span.first)}&last={_day(span.last)}",
        minutes=max(1, round(sum(drawn.values()) / LINES_A_SECOND / 60)), waiting=any(map(_waits, asked)),
        seals=sealing.offered(who, book),
    )  # fmt: skip


def _waits(journal: Journal) -> bool:
    return journal.state is JournalState.WAITING


def _span() -> Span:
    return answers(Span, {name: value for name in ("first", "last") if (value := request.values.get(name, "").strip())})


def _day(day: object) -> str:
    return f"{day:%d.%m.%Y}"
