"""What happened: every line that was told, seen and unseen, the newest first."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template, request, url_for

from edms import clock
from edms.notices import notices
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("telling", __name__, url_prefix="/notices")
PAGE = 50


@bp.get("/")
def page() -> str:
    """A page of lines; what is shown here counts as seen afterwards."""
    who, before = actor(), _before(request.args.get("before", ""))
    with house().transaction() as session:
        rows = notices.latest(session, who, before=before, limit=PAGE + 1)
        last = rows[PAGE - 1] if len(rows) > PAGE else None
        older = url_for("telling.page", before=f"{last.at.isoformat()}~{last.notice_id}") if last else None
        shown = render_template(
            "desk/notices.html", rows=rows[:PAGE], older=older, newer=url_for("telling.page") if before else None
        )
        notices.see(session, who, until=clock.now())
        return shown


def _before(text: str) -> tuple[datetime, int] | None:
    at, _, ident = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, int(ident)) if moment.tzinfo is not None else None
    except ValueError:
        return None
