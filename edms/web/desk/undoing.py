"""Ten seconds to take back a submission, a resolution or a sending: the bar at the foot, and what its button does."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.overview.undoable import Act, take_back, undoable
from edms.web.kit import t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("undoing", __name__, url_prefix="/undo")


@dataclass(frozen=True)
class Offer:
    """The bar: what was done, where its button posts, and for how many seconds."""

    words: str
    action: str
    seconds: int


def offered(session: Session, who: Actor) -> Offer | None:
    """What the address says was just done (?done=resolution-17), as long as it can be taken back."""
    name, _, ident = request.args.get("done", "").partition("-")
    if name not in set(Act) or not ident.isdecimal() or len(ident) > 18:
        return None
    found = undoable(session, who, Act(name), int(ident))
    if found is None:
        return None
    said = t(f"undo.{found.act.value}", number=found.document.number)
    return Offer(said, url_for("undoing.undo", act=found.act.value, ident=found.ident), found.seconds)


@bp.post('/<any("submission", "resolution", "dispatch"):act>/<int:ident>')
def undo(act: str, ident: int) -> Response:
    """Take it back, and to its letter."""
    with house().transaction() as session:
        document_id = take_back(session, actor(), Act(act), ident)
    return redirect(url_for("letter.page", document_id=document_id), 303)
