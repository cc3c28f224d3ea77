"""What waits in the tray, as lines and beside the card: what was read on a scan says more than its file's name.

A guess stands in faint ink, as on the card, and is only shown: nobody's name is taken from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from edms import words
from edms.capture import reading
from edms.registry import documents
from edms.registry.models import Arrival
from edms.registry.words import Tray
from edms.web.desk import showing
from edms.web.kit import Line, language, t, zone
from edms.web.kit.session import actor

SENDER, SUMMARY = SEEN = ("correspondent_name", "summary")
SIGNS = {
    Tray.COUNTER: "person", Tray.SCAN: "printer", Tray.UPLOAD: "upload", Tray.MAIL: "envelope", Tray.EXCHANGE: "building",
    Tray.IMPORT: "download", Tray.PORTAL: "globe", Tray.REVIEW: "eye",
}  # fmt: skip
"""Where an arrival lies, as the mark of its line."""


def lines(session: Session, waiting: Sequence[Arrival], labelled: Mapping[int, str] | None = None) -> list[Line]:
    """The lines; `labelled` is what the label on a content means, in words."""
    if not waiting:
        return []
    seen, under_way = _seen(session, waiting), reading.under_way(session, _contents(waiting))
    meant = meant_for(session, waiting)
    return [
        _line(each, seen.get(each.content_id or 0, {}),
              (labelled or {}).get(each.content_id or 0, "") or meant.get(each.arrival_id, ""),
              being_read=each.content_id in under_way)
        for each in waiting
    ]  # fmt: skip


def meant_for(session: Session, waiting: Sequence[Arrival]) -> dict[int, str]:
    """Of what was sent to a letter that has its number: which, in words, by arrival."""
    wanted = {each.meant_for_id for each in waiting if each.meant_for_id is not None}
    letters = documents.seen_of(session, actor(), list(wanted))
    return {
        each.arrival_id: t("tray.meant_for", number=letters[each.meant_for_id].number)
        for each in waiting
        if each.meant_for_id in letters
    }


def items(session: Session, waiting: Sequence[Arrival], present: int | None) -> list[dict[str, Any]]:
    """The tray beside the card, with the small pictures of the first pages."""
    seen, pictured = _seen(session, waiting), reading.pictured(session, _contents(waiting))
    return [_item(each, seen.get(each.content_id or 0, {}), present, each.content_id in pictured) for each in waiting]


def _contents(waiting: Sequence[Arrival]) -> list[int]:
    return [each.content_id for each in waiting if each.content_id is not None]


def _seen(session: Session, waiting: Sequence[Arrival]) -> dict[int, dict[str, str]]:
    return reading.seen_on(session, _contents(waiting), SEEN)


def _line(arrival: Arrival, seen: Mapping[str, str], labelled: str, *, being_read: bool) -> Line:
    called, tray = arrival.called or t("counter.on_paper"), t(f"registry.tray.{arrival.tray.value}")
    state = t(arrival.trouble) if arrival.trouble else labelled or (t("tray.being_read") if being_read else "")
    return Line(
        id=f"arrival-{arrival.arrival_id}",
        href=url_for("register_letter.card", arrival_id=arrival.arrival_id),
        number=None,
        date=words.datetime(language(), arrival.arrived_at, zone()),
        summary=_guessed(seen[SUMMARY], called) if SUMMARY in seen else called,
        who=seen.get(SENDER, tray),
        state=state,
        kind="late" if arrival.trouble else "near" if labelled else "",
        marks=[(SIGNS[arrival.tray], tray)],
    )


def _guessed(text: str, called: str) -> Markup:
    return Markup('<span class="guessed">{}</span> <span class="faint small">{}</span>').format(text, called)


def _item(arrival: Arrival, seen: Mapping[str, str], present: int | None, pictured: bool) -> dict[str, Any]:
    age = showing.age(arrival.arrived_at)
    return {
        "href": url_for("register_letter.card", arrival_id=arrival.arrival_id),
        "src": url_for("arrivals.picture", arrival_id=arrival.arrival_id, page=1, kind="thumbnail")
        if pictured
        else None,
        "text": seen.get(SUMMARY) or arrival.called or t("counter.on_paper"),
        "aside": f"{seen[SENDER]} · {age}" if SENDER in seen else age,
        "current": arrival.arrival_id == present,
    }
