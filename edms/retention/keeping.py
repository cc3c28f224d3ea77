"""Until when a case is kept: the date, what happens then, and why.

A period is counted from 1 January of the year after its trigger (order 72/2010): closed in 2001 and kept 5 years, a
case may enter an act of destruction from 1 January 2007. What was once computed is never shortened. Holds are not
known here: they stand above every date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from edms.errors import Invalid
from edms.retention.schedule import Action, RetentionClass
from edms.terms.term import Law

Message = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class KeepUntil:
    """How long a case is kept. `until` is its last day, None while it waits for its trigger or is kept for ever.

    `reason` and `values` are a message of the catalogue (days as dates); `law` is the article behind the period;
    `transfer_from` the first day on which the archive may take it.
    """

    until: date | None
    permanent: bool
    action: Action
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)
    law: Law | None = None
    transfer_from: date | None = None
    commission: bool = False
    floor: date | None = None
    """While it waits for its trigger anew (a case reopened): the last day that was computed before, never undercut."""

    @property
    def act_from(self) -> date | None:
        """The first day on which it may enter an act; None for ever or not yet."""
        return self.until + timedelta(days=1) if self.until is not None else None

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values, for the case's row."""
        plain = {n: {"date": v.isoformat()} if isinstance(v, date) else v for n, v in self.values.items()}
        return {
            "until": self.until and self.until.isoformat(),
            "permanent": self.permanent,
            "action": self.action.value,
            "reason": self.reason,
            "values": plain,
            "law": self.law and self.law.to_json(),
            "transfer_from": self.transfer_from and self.transfer_from.isoformat(),
            "commission": self.commission,
            "floor": self.floor and self.floor.isoformat(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> KeepUntil:
        """The result that `to_json` wrote."""
        values = {n: date.fromisoformat(v["date"]) if isinstance(v, dict) else v for n, v in data["values"].items()}
        return cls(
            until=date.fromisoformat(data["until"]) if data["until"] else None,
            permanent=bool(data["permanent"]),
            action=Action(data["action"]),
            reason=str(data["reason"]),
            values=values,
            law=Law(**data["law"]) if data["law"] else None,
            transfer_from=date.fromisoformat(data["transfer_from"]) if data["transfer_from"] else None,
            commission=bool(data["commission"]),
            floor=date.fromisoformat(data["floor"]) if data["floor"] else None,
        )


def keep_until(line: RetentionClass, triggered_on: date | None, *, record: KeepUntil | None = None) -> KeepUntil:
    """Until when a case of this class is kept whose trigger came on `triggered_on` (None: it has not come yet).

    `record` is how long the record is kept that this belongs to, for classes that go with a record. Errors: Invalid
    when such a class is asked without its record.
    """
    if line.action is Action.WITH_RECORD:
        if record is None:
            raise Invalid("retention.record_needed", fields={"record": "retention.record_needed"})
        return replace(record, action=line.action, reason="retention.reason.with_record", values={}, law=line.law)
    transfer = _first_day_after(triggered_on, line.transfer_years) if triggered_on and line.transfer_years else None
    if line.years is None:
        return KeepUntil(None, True, line.action, "retention.reason.permanent", {}, line.law, transfer, line.commission)
    if triggered_on is None:
        reason = f"retention.waits.{line.trigger}"
        return KeepUntil(None, False, line.action, reason, {"n": line.years}, line.law, None, line.commission)
    until = _first_day_after(triggered_on, line.years) - timedelta(days=1)
    values = {"n": line.years, "day": triggered_on, "begin": date(triggered_on.year + 1, 1, 1), "until": until}
    reason = "retention.reason.at_least" if line.at_least else "retention.reason.years"
    return KeepUntil(until, False, line.action, reason, values, line.law, transfer, line.commission)


def _first_day_after(triggered_on: date, years: int) -> date:
    return date(triggered_on.year + 1 + years, 1, 1)


def longer(present: KeepUntil | None, computed: KeepUntil) -> KeepUntil:
    """What stands on the case after it was computed anew: never a shorter period than before.

    For ever stays for ever. A case that waits for its trigger again keeps the date it had as its floor.
    """
    if present is None or computed.permanent:
        return computed
    if present.permanent:
        return present
    floor = present.until or present.floor
    if computed.until is None:
        return replace(computed, floor=floor)
    if floor is None or computed.until >= floor:
        return computed
    if present.until is not None:
        return present
    return replace(computed, until=floor, reason="retention.reason.not_shortened", values={"until": floor})


def explain(line: RetentionClass, kept: KeepUntil) -> list[Message]:
    """Why a case is kept so long and what happens then, as messages of the catalogue, the article last."""
    told: list[Message] = [(f"retention.class.{line.name}", {})]
    if kept.until is not None and "day" in kept.values:
        told.append((f"retention.triggered.{line.trigger}", {"day": kept.values["day"]}))
    told.append((kept.reason, kept.values))
    if kept.transfer_from is not None:
        told.append(("retention.transfer_from", {"day": kept.transfer_from}))
    if not (kept.permanent and kept.action is Action.TRANSFER and kept.transfer_from is None):
        told.append((f"retention.action.{kept.action}", {}))
    if kept.commission:
        told.append(("retention.commission", {}))
    if not line.confirmed and not line.stated:
        told.append(("retention.unconfirmed", {}))
    elif not line.confirmed and not kept.permanent:
        told.append(("retention.stated", {}))
    if kept.law is not None:
        told.append((f"retention.law.{kept.law.act}", {"article": kept.law.article}))
    return told
