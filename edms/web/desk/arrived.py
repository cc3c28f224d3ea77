"""The page of an arrival that has ended: how, when, by whom and why, its papers; and telling the applicant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask import render_template, url_for
from sqlalchemy.orm import Session

from edms import terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.capture import reading
from edms.overview import arrived as overview
from edms.registry.arrivals import ENDS
from edms.registry.endings.ending import WAYS
from edms.registry.endings.taking_back import former as overview_of_ends
from edms.registry.models import Arrival
from edms.staff.models import Official
from edms.web.desk import ending_form, pictures
from edms.web.desk.ending_papers import PAPERS
from edms.web.kit import Filled, language, t, today, zone


def page(
    session: Session, who: Actor, arrival: Arrival, telling: Filled | None = None, taking_back: Filled | None = None
) -> str:
    """How it ended. `telling` is a mark that failed, `taking_back` a taking back."""
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
        may_take_back=arrival.state in ENDS and permits(who, Permission.ARRIVAL_END, arrival),
        taking_back=taking_back or Filled(),
        former=former(session, who, arrival),
        why=[[t(m, **_said(v)) for m, v in terms.explain(due)] for due in found.why],
        fault_words="; ".join(t(f"endings.fault.{fault}") for fault in found.end.faults) if found.end else "",
        speaks=language(),
    )


def former(session: Session, who: Actor, arrival: Arrival) -> list[list[tuple[str, str]]]:
    """What is told of each end that was taken back: as it stood, when and why it was taken back."""
    return [
        [
            (t("endings.had_ended"), t(f"registry.arrival_state.{each.state.value}")),
            (t("endings.ended_at"), _when(each.ended_at) + _by(session, each.ended_by_id)),
            (t("desk.reason"), each.end_reason or ""),
            *((ending_form.label(each.state, name), _told(name, value)) for name, value in each.told.items() if name in SAID),
            (t("endings.taken_back_at"), _when(each.taken_back_at) + _by(session, each.taken_back_by_id)),
            (t("endings.taken_back_because"), each.reason),
        ]
        for each in overview_of_ends(session, who, arrival)
    ]  # fmt: skip


SAID = ("item", "sender_name", "sender_address", "body", "body_address", "sent_by", "faults", "members")
_WORDS = {"item": "endings.item", "faults": "endings.fault", "sent_by": "registry.channel"}


def _told(name: str, value: object) -> str:
    each = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    return "; ".join(t(f"{_WORDS[name]}.{one}") if name in _WORDS else one for one in each)


def _when(at: datetime) -> str:
    return words.datetime(language(), at, zone())


def _by(session: Session, official_id: int | None) -> str:
    person = session.get(Official, official_id) if official_id else None
    return f" · {person.name(language())}" if person is not None else ""


def _said(values: Mapping[str, object]) -> dict[str, object]:
    speaks = language()
    return {name: words.date(speaks, value) if isinstance(value, date) else value for name, value in values.items()}
