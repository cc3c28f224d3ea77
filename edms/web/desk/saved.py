"""Saved searches: keep one, open it, show it to others, lay it on the desk, follow it, rename it, take it away."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.errors import Invalid, RuleBroken
from edms.search import saved
from edms.search.saved_models import SharedWith
from edms.web.desk import asking, narrowing
from edms.web.kit import Filled, read
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("saved", __name__, url_prefix="/search/saved")


class Name(BaseModel):
    """What it is called."""

    name: OneLine = ""


class Change(BaseModel):
    """One act at a time: a new name, whom it is shown to, on the desk or off, told of news or not."""

    name: OneLine | None = None
    shared: SharedWith | None = None
    pinned: bool | None = None
    subscribed: bool | None = None


@bp.get("/")
def page() -> str:
    """One's own and those one was shown."""
    who = actor()
    with house().transaction() as session:
        found = saved.all_of(session, who)
        asked = {each.search.saved_search_id: asking.of(each.question) for each in found}
        words = {ident: _words(question, narrowing.chosen(session, who, question)) for ident, question in asked.items()}
        return render_template("desk/saved.html", found=found, words=words, shares=list(SharedWith))


@bp.route("/new", methods=["GET", "POST"])
def keep() -> str | Response | tuple[str, int]:
    """Give the search of this address a name and keep it."""
    who, question, form = actor(), asking.question(), Filled()
    status = 200
    if request.method == "POST":
        try:
            given = read(Name)
            with house().transaction() as session:
                made = saved.save(session, who, question.asked(), name=given.name)
                saved.use(session, who, made.saved_search_id, pinned=request.form.get("pinned") == "yes")
            return redirect(url_for("saved.page"), 303)
        except (Invalid, RuleBroken) as error:
            form, status = Filled.again(error), 422 if isinstance(error, Invalid) else 409
    with house().transaction() as session:
        chosen = narrowing.chosen(session, who, question)
    shown = render_template(
        "desk/saved_new.html", form=form, words=_words(question, chosen), back=question.address(),
        here=question.at("saved.keep"),
    )  # fmt: skip
    return shown, status


@bp.get("/<int:saved_search_id>")
def opened(saved_search_id: int) -> Response:
    """Ask it anew, by one's own rights."""
    with house().transaction() as session:
        found = saved.saved_of(session, actor(), saved_search_id)
    return redirect(asking.of(found.question).address(), 303)


@bp.post("/<int:saved_search_id>")
def change(saved_search_id: int) -> Response:
    """Do what the form says. Errors: Invalid, NotFound."""
    given, who = read(Change), actor()
    with house().transaction() as session:
        if given.name is not None or given.shared is not None:
            saved.change(session, who, saved_search_id, name=given.name, shared=given.shared)
        if given.pinned is not None or given.subscribed is not None:
            saved.use(session, who, saved_search_id, pinned=given.pinned, subscribed=given.subscribed)
    return redirect(url_for("saved.page"), 303)


@bp.post("/<int:saved_search_id>/remove")
def remove(saved_search_id: int) -> Response:
    """Take it away."""
    with house().transaction() as session:
        saved.remove(session, actor(), saved_search_id)
    return redirect(url_for("saved.page"), 303)


def _words(question: asking.Question, chosen: list[tuple[str, str]]) -> list[str]:
    return [*([question.q] if question.q else []), *(text for text, _ in chosen)]
