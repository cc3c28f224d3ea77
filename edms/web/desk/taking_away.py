"""A search as a spreadsheet: exactly the lines that are seen, in their order, with the columns of a register."""

from __future__ import annotations

from functools import partial

from flask import Blueprint
from werkzeug.wrappers import Response

from edms import words
from edms.reports.models import ListKind
from edms.search.table import table
from edms.web.desk import asking
from edms.web.desk.tables import taken
from edms.web.kit import language
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("taking_away", __name__, url_prefix="/search")


@bp.get("/table.xlsx")
def excel() -> Response:
    """The workbook."""
    return _taken("xlsx")


@bp.get("/table.csv")
def plain() -> Response:
    """The same as text, for programs that know no workbook."""
    return _taken("csv")


def _taken(form: str) -> Response:
    who, question, speaks = actor(), asking.question().asked(), language()
    say = partial(words.say, speaks)
    return taken(
        ListKind.SEARCH, question.as_json(), form,
        lambda session: table(session, who, question, index=house().search.index(session), language=speaks, say=say),
    )  # fmt: skip
