"""The health of the archive's signatures: figures that open their papers, and what to do in a sentence."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from edms import clock
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import NotFound
from edms.overview import proving
from edms.overview.proving import ASKS_SOMETHING, BY_END, Health, PaperLine, Sums
from edms.overview.table import Cell
from edms.reports import sheet
from edms.signing import proofs
from edms.web.desk.tables import attached
from edms.web.kit import t, zone
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("proving", __name__, url_prefix="/house/signatures")
PAGE = 50
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {Health.FAILED: "late", Health.ENDED: "late", Health.BROKEN: "late", Health.WAITING: "near"}


@bp.get("/")
def page() -> str:
    """The figures of the organisation's archive, as far as she may open its letters."""
    who = actor()
    with house().transaction() as session:
        found = proving.sums(session, who, lead=lead())
        return render_template(
            "desk/house_signatures.html",
            head=_head(found),
            signed=Health.SIGNED,
            lasting=[(each, found.figures[each], _share(found, each)) for each in _YEARS],
            asks=[(each, found.figures[each], KINDS.get(each, "calm")) for each in ASKS_SOMETHING if found.figures[each]],
            found=found,
            lead=lead().days,
            may_renew=permits(who, Permission.SIGNATURE_RENEW),
        )  # fmt: skip


@bp.get("/papers/<figure>")
def papers(figure: str) -> str:
    """The papers behind one figure, each with its letter, its end and its trouble."""
    if figure not in tuple(Health):
        raise NotFound
    wanted = Health(figure)
    with house().transaction() as session:
        rows = proving.papers(session, actor(), wanted, lead=lead(), after=_after(), limit=PAGE + 1)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return render_template(
        "desk/house_signature_papers.html",
        rows=rows[:PAGE],
        ends={row.content_id: clock.day_of(row.until, zone()) for row in rows if row.until is not None},
        figure=wanted,
        lead=lead().days,
        older=url_for("proving.papers", figure=figure, after=_place(wanted, last)) if last is not None else None,
        newer=url_for("proving.papers", figure=figure) if request.args.get("after") else None,
        may_renew=permits(actor(), Permission.SIGNATURE_RENEW),
    )


@bp.post("/try-again")
def try_again() -> Response:
    """Have those that could not be carried on tried once more."""
    who = actor()
    require(who, Permission.SIGNATURE_RENEW)
    with house().transaction() as session:
        proofs.ask_again(session, who.organisation_id or 0)
    return redirect(url_for("proving.page"), 303)


@bp.get("/signatures.xlsx")
def excel() -> Response:
    """The same figures as a workbook."""
    with house().transaction() as session:
        found = proving.sums(session, actor(), lead=lead())
    columns = [(t("proving.figure"), 60), (t("proving.papers"), 14)]
    rows: list[list[Cell]] = [
        [t(f"proving.health.{each.value}", days=lead().days), found.figures[each]] for each in Health
    ]
    rows += [[f"{form.upper()} {level}".strip(), number] for form, level, number in found.levels]
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "signatures.xlsx"
        sheet.write(path, t("proving.title"), columns, rows)
        opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(opened, mimetype=EXCEL, max_age=0)
    answer.headers["Content-Disposition"] = attached(t("proving.title"), "xlsx")
    return answer


def lead() -> timedelta:
    """So long before its end a proof is carried on."""
    return timedelta(days=house().settings.renewal_lead_days)


_YEARS = (Health.HOLDS, Health.ONE_YEAR, Health.FIVE_YEARS, Health.TEN_YEARS)


def _head(found: Sums) -> str:
    """What to do, in a sentence: the gravest thing first."""
    if not found.figures[Health.SIGNED]:
        return "proving.head.none"
    grave = next((each for each in ASKS_SOMETHING if found.figures[each]), None)
    return f"proving.head.{grave.value}" if grave else "proving.head.well"


def _share(found: Sums, figure: Health) -> int:
    whole = found.figures[Health.SIGNED]
    return found.figures[figure] * 100 // whole if whole else 0


def _place(figure: Health, line: PaperLine) -> str:
    at = line.until if figure in BY_END else line.registered_at
    return f"{at.isoformat() if at is not None else ''}~{line.content_id}"


def _after() -> tuple[datetime, int] | None:
    at, _, ident = request.args.get("after", "").partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, int(ident)) if moment.tzinfo is not None and len(ident) < 18 else None
    except ValueError:
        return None
