"""Finds people for the fields that ask for them; and one's own stock phrases, added and taken away."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.errors import Invalid
from edms.staff import phrases as own_phrases
from edms.staff.models import Official
from edms.web.desk import resolve_form
from edms.web.kit import Filled, read
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("finding", __name__)


class Phrase(BaseModel):
    """A phrase to add, to take away, to put first, or to stand `instead` of another."""

    phrase: OneLine = ""
    gone: OneLine | None = None
    first: OneLine | None = None
    instead: OneLine | None = None

    def applied(self, present: list[str]) -> list[str]:
        """The phrases as they shall be, in their order: the first six have the number keys of the form."""
        if self.instead is not None:
            return [self.phrase if text == self.instead else text for text in present]
        kept = [text for text in present if text not in (self.gone, self.first)]
        return [self.first, *kept] if self.first in present else [*kept, self.phrase]


@bp.get("/people/options")
def people() -> str:
    """The answer to the combobox: two letters in any script."""
    with house().transaction() as session:
        rows = resolve_form.person_rows(session, actor(), request.args.get("q", "")[:100])
    return render_template("desk/options.html", rows=rows)


@bp.get("/phrases")
def phrases() -> str:
    """One's own phrases."""
    return _page(Filled())


@bp.post("/phrases")
def change() -> Response | tuple[str, int]:
    """Add one, change it, put it first, or take it away."""
    form, who = read(Phrase), actor()
    try:
        with house().transaction() as session:
            own_phrases.choose_phrases(session, who, form.applied(_present()))
    except Invalid as error:
        return _page(Filled.again(error)), 422
    return redirect(url_for("finding.phrases"), 303)


def _present() -> list[str]:
    with house().transaction() as session:
        official = session.get(Official, actor().official_id)
        own = own_phrases.phrases_of(official) if official is not None else None
    return own if own is not None else resolve_form.offered()


def _page(form: Filled) -> str:
    return render_template("desk/phrases.html", phrases=_present(), form=form)
