"""Lines that were read in doubt, one after the other: the line's picture beside its text, Enter and on to the next."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response

from edms.capture import correcting
from edms.capture.correcting import LONGEST_LINE, MOST_COUNTED, Doubt
from edms.errors import Conflict, Invalid
from edms.web.desk import pictures
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("recognition", __name__, url_prefix="/recognition")
MARGIN = 0.8
"""Of a line's height: so much of the page is shown above and below it."""
ASIDE = 24
"""Pixels of the page beside it."""


class Line(BaseModel):
    """What stands in the line; nothing, where there is no writing."""

    text: Annotated[OneLine, Field(max_length=LONGEST_LINE)] = ""


@bp.get("/")
def page() -> str:
    """The most doubtful line of those that wait, or the one after a line that is left for later."""
    with house().transaction() as session:
        doubt = correcting.next_line(session, actor(), after=request.args.get("after", type=int))
        return render_template(
            "desk/recognition.html",
            left=correcting.waiting(session, actor()),
            most=MOST_COUNTED,
            quicker="quicker" in request.args,
            **_shown(doubt, Filled.of(text=doubt.line.before) if doubt else Filled()),
        )


@bp.post("/<int:doubtful_line_id>")
def judge(doubtful_line_id: int) -> Response | tuple[str, int]:
    """It stands as it was read, or otherwise; the next line follows."""
    who = actor()
    try:
        with house().transaction() as session:
            correcting.judge(session, who, doubtful_line_id, read(Line).text)
    except Conflict:
        return redirect(url_for("recognition.page", after=doubtful_line_id, quicker=1), 303)
    except Invalid as error:
        with house().transaction() as session:
            doubt = correcting.line_of(session, who, doubtful_line_id)
            form = Filled.again(error, {"text": t("recognition.text")})
            left = correcting.waiting(session, who)
            shown = _shown(doubt, form)
            return render_template("desk/recognition.html", left=left, most=MOST_COUNTED, quicker=False, **shown), 422
    return redirect(url_for("recognition.page", after=doubtful_line_id), 303)


@bp.get("/<int:doubtful_line_id>/picture")
def picture(doubtful_line_id: int) -> Response:
    """The page on which the line stands."""
    with house().transaction() as session:
        found = correcting.line_of(session, actor(), doubtful_line_id).preview
        if found is None:
            abort(404)
    return pictures.answer(house().store, found)


def _shown(doubt: Doubt | None, form: Filled) -> dict[str, Any]:
    if doubt is None:
        return {"doubt": None, "form": form, "cut": None}
    cut = None
    if doubt.preview is not None and doubt.preview.width and doubt.preview.height:
        width, height = doubt.preview.width, doubt.preview.height
        x, y, across, tall = doubt.line.box
        high = tall * height
        left, top = max(0, x * width - ASIDE), max(0, y * height - MARGIN * high)
        cut = {
            "width": width, "height": height, "left": round(left), "top": round(top),
            "across": round(min(width - left, across * width + 2 * ASIDE)),
            "down": round(min(height - top, high * (1 + 2 * MARGIN))),
        }  # fmt: skip
    return {"doubt": doubt, "form": form, "cut": cut}
