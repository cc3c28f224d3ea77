"""The page of an arrival that has ended: how, when, by whom and why, its papers; and telling the applicant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import render_template, url_for
from sqlalchemy.orm import Session

from edms import terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.capture import reading
from edms.overview import arrived as overview
from edms.registry.endings.ending import WAYS
from edms.registry.models import Arrival
from edms.web.desk import pictures
from edms.web.desk.ending_papers import PAPERS
from edms.web.kit import Filled, language, t, today


def page(session: Session, who: Actor, arrival: Arrival, telling: Filled | None = None) -> str:
    """How it ended. `telling` is a mark that failed."""
    found = overview.arrived(session, who, arrival)
    pages = pictures.pages_of_content(
        session,
        arrival.content_id,
        lambda n, kind: url_for("arrivals.picture", arrival_id=arrival.arrival_id, page=n, kind=kind),
    )
    waits = found.end is not None and found.end.notice_due_on is not None and found.end.told_on is None
    return render_template(
        "desk/arrived.html",
        found=found,
        arrival=arrival,
        end=found.end,
        pages=pages,
        state=reading.state_of(session, arrival.content_id) if arrival.content_id else None,
        papers=PAPERS.get(arrival.state, ()) if found.end is not None else (),
        ways=[(way.value, t(f"registry.channel.{way.value}")) for way in WAYS],
        telling=telling or Filled.of(on=today(), by="post"),
        may_tell=waits and permits(who, Permission.ARRIVAL_END, arrival),
        why=[[t(m, **_said(v)) for m, v in terms.explain(due)] for due in found.why],
        fault_words="; ".join(t(f"endings.fault.{fault}") for fault in found.end.faults) if found.end else "",
        speaks=language(),
    )


def _said(values: Mapping[str, object]) -> dict[str, object]:
    speaks = language()
    return {name: words.date(speaks, value) if isinstance(value, date) else value for name, value in values.items()}
