"""Is all that is kept still whole, and will it still be readable? What was read again, what failed, which kinds there are."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from edms import clock
from edms.archive import fixity, formats, watching
from edms.archive.fixity import Sums
from edms.archive.formats import Outlook
from edms.web.kit import zone
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("fixity", __name__, url_prefix="/house/fixity")
PAGE = 50
KINDS = {Outlook.AT_RISK: "late", Outlook.UNKNOWN: "near", Outlook.USUAL: "calm", Outlook.LASTING: "calm"}


@bp.get("/")
def page() -> str:
    """The share that was read again, what is not whole, the kinds of files."""
    who = actor()
    with house().transaction() as session:
        found = fixity.sums(session, who, days=house().settings.fixity_days)
        rows = fixity.faults(session, who, after=request.args.get("after", 0, type=int), limit=PAGE + 1)
        held = watching.kinds(session, who)
    last = rows[PAGE - 1].content_id if len(rows) > PAGE else None
    return render_template(
        "desk/house_fixity.html", found=found, head=head(found), rows=rows[:PAGE], held=held, kinds=KINDS,
        ends=clock.day_of(found.round_ends_at, zone()) if found.round_ends_at is not None else None,
        older=url_for("fixity.page", after=last) if last is not None else None,
    )  # fmt: skip


@bp.get("/files")
def files() -> str:
    """The files of one kind, each with its letter."""
    wanted = request.args.get("kind", "")[:200].replace("\x00", "")
    before = request.args.get("before", type=int)
    with house().transaction() as session:
        rows = watching.files(session, actor(), wanted, before=before, limit=PAGE + 1)
    last = rows[PAGE - 1].content_id if len(rows) > PAGE else None
    return render_template(
        "desk/house_files.html", rows=rows[:PAGE], format=formats.of(wanted), kinds=KINDS,
        older=url_for("fixity.files", kind=wanted, before=last) if last is not None else None,
        newer=url_for("fixity.files", kind=wanted) if before is not None else None,
    )  # fmt: skip


def head(found: Sums) -> str:
    """What to do, in a sentence."""
    if found.faults:
        return "fixity.head.faults"
    if not found.contents:
        return "fixity.head.none"
    if not found.read:
        return "fixity.head.unread"
    return "fixity.head.well" if found.percent >= 100 else "fixity.head.going"
