"""Case files: the year's list of indexes with its volumes; a volume with its letters, until when it is kept and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.archive import packages
from edms.errors import Conflict, RuleBroken
from edms.filing import case_files, plan
from edms.filing.models import CaseFile, CaseFileState
from edms.overview.cases import case_file_page
from edms.retention.dating import Kept, kept
from edms.staff.models import Organisation
from edms.staff.units import units
from edms.web.desk import keeping_shown, showing
from edms.web.kit import explained, language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("cases", __name__, url_prefix="/cases")
PAGE = 50
MOST_VOLUMES = 5_000


@bp.get("/")
def page() -> str:
    """The list of a year, with the volumes under each index."""
    who, text = actor(), request.args.get("q", "").strip()
    with house().transaction() as session:
        return render_template("desk/cases.html", **listed(session, who, asked_year(who), text))


def asked_year(who: Actor) -> int:
    """The year that the address names, else the present one."""
    year = request.values.get("year", type=int)
    return year if year is not None and year in plan.YEARS else clock.today(who.time_zone).year


def listed(session: Session, who: Actor, year: int, text: str = "") -> dict[str, Any]:
    """What the list's page shows of a year: lines that fit the text, each with its unit and its volumes."""
    volumes: dict[int, list[CaseFile]] = {}
    for volume in case_files.case_files(session, who, year=year, limit=MOST_VOLUMES):
        volumes.setdefault(volume.case_index_id, []).append(volume)
    edits = permits(who, Permission.FILE_PLAN_EDIT)
    lines = plan.case_indexes(session, who, year=year, withdrawn=edits)
    wanted = text.lower()
    fits = [x for x in lines if wanted in f"{x.index} {' '.join(map(str, x.titles.values()))}".lower()]
    years = sorted({*plan.years(session, who), clock.today(who.time_zone).year}, reverse=True)
    return {
        "lines": [(line, volumes.get(line.case_index_id, [])) for line in fits],
        "units": {u.unit_id: u.name(language()) for u in units(session, who)},
        "year": year,
        "years": years,
        "q": text,
        "edits": edits,
        "closes": permits(who, Permission.CASE_FILE_CLOSE),
        "archives": permits(who, Permission.ARCHIVE_READ),
        "past": year < clock.today(who.time_zone).year,
        "next_year": year + 1,
        "class_words": class_words,
        "keeps": permits(who, Permission.KEEPING_READ),
    }


def class_words(name: str) -> str:
    """A retention class in words; one that the list does not know as it is written."""
    ident = f"retention.class.{name}"
    return t(ident) if words.known(ident) else name


@bp.get("/<int:case_file_id>")
def volume(case_file_id: int) -> str:
    """A volume: its letters in the order of filing."""
    with house().transaction() as session:
        return _volume(session, actor(), case_files.case_file_of(session, actor(), case_file_id))


@bp.post("/<int:case_file_id>/close")
def close(case_file_id: int) -> Response | tuple[str, int]:
    """Close a volume: nothing more is filed in it and its term begins."""
    who = actor()
    try:
        with house().transaction() as session:
            case_files.close(session, who, case_files.case_file_of(session, who, case_file_id))
    except (RuleBroken, Conflict) as error:
        with house().transaction() as session:
            found = case_files.case_file_of(session, who, case_file_id)
            return _volume(session, who, found, explained(error).text), 409
    return redirect(url_for("cases.volume", case_file_id=case_file_id), 303)


@bp.post("/close-year")
def close_year() -> Response:
    """Close what is open of a past year, carry-over cases aside."""
    who = actor()
    year = asked_year(who)
    with house().transaction() as session:
        organisation = session.get_one(Organisation, who.organisation_id)
        case_files.close_year(session, who, organisation, year=year)
    return redirect(url_for("cases.page", year=year), 303)


def _volume(session: Session, who: Actor, found: CaseFile, refused: str = "") -> str:
    after = request.args.get("after", 0, type=int)
    rows = case_file_page(session, who, found, after=after, limit=PAGE + 1)
    last = rows[PAGE - 1][0].position if len(rows) > PAGE else None
    here = found.case_file_id
    return render_template(
        "desk/case_file.html",
        case_file=found,
        lines=[(entry, showing.line(line)) for entry, line in rows[:PAGE]],
        kept=why(kept(session, found)),
        open=found.state is CaseFileState.OPEN,
        closes=permits(who, Permission.CASE_FILE_CLOSE, found),
        refused=refused,
        transfer=packages.of_case_file(session, here) if permits(who, Permission.ARCHIVE_READ, found) else None,
        keeping=keeping_shown.of_case(session, who, found),
        newer=url_for("cases.volume", case_file_id=here) if after else None,
        older=url_for("cases.volume", case_file_id=here, after=last) if last else None,
    )


def why(found: Kept) -> tuple[str, list[str]]:
    """Until when, in a sentence, and its reasons, the article last."""
    reasons = [t(message, **_said(values)) for message, values in found.why]
    if found.keep is None:
        return "", reasons
    if found.keep.permanent:
        return t("cases.kept_for_ever"), reasons
    if found.keep.until is None:
        return t("cases.kept_waits"), reasons
    return t("cases.kept_until", date=words.date(language(), found.keep.until)), reasons


def _said(values: Mapping[str, object]) -> dict[str, object]:
    return {k: words.date(language(), v) if isinstance(v, date) else v for k, v in values.items()}
