"""The end of an arrival as a form: the fields of each kind of end, what they are called, and their choices."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from edms.registry.endings import ending
from edms.registry.endings.words import Fault, ItemKind
from edms.registry.words import ArrivalState, Channel
from edms.web.kit import t
from edms.web.kit.forms import OneLine, Paragraphs

CAME = (Channel.POST, Channel.COUNTER, Channel.COURIER)


class Ending(BaseModel):
    """What an end is told; each kind of end shows its own fields."""

    reason: Paragraphs | None = None
    item: ItemKind | None = None
    sender_name: OneLine | None = None
    sender_address: OneLine | None = None
    body: OneLine | None = None
    body_address: OneLine | None = None
    sent_by: Channel | None = None
    faults: list[Fault] = []
    members: Paragraphs | None = None  # one a line
    court: bool = False


class Came(BaseModel):
    """How a paper came that is neither scanned nor registered, and what it is called in the tray."""

    channel: Channel
    source: Annotated[OneLine, Field(max_length=300)] | None = None


def told_of(form: Ending) -> ending.Ending:
    """What was typed, for the registry: the people present stand one a line."""
    return ending.Ending(**form.model_dump(exclude={"members"}), members=(form.members or "").split("\n"))


def labels(state: ArrivalState) -> dict[str, str]:
    """What the summary of errors calls the fields of this end."""
    asks = ending.ASKS[state]
    return {name: label(state, name) for name in (*asks.must, *asks.may)}


def label(state: ArrivalState, name: str) -> str:
    """What a field is called: of a forwarded letter the sender is its applicant; a reason may be a mere remark."""
    if name == "reason":
        free = "reason" not in ending.ASKS[state].must
        return t(
            "endings.description" if state is ArrivalState.DEFECTIVE else "endings.remark" if free else "desk.reason"
        )
    if state is ArrivalState.FORWARDED and name.startswith("sender_"):
        return t(f"endings.applicant_{name.removeprefix('sender_')}")
    return t(f"endings.{name}")


def shown(state: ArrivalState) -> dict[str, Any]:
    """What the form of this end shows: its fields by name, which must be filled, and the choices of the selects."""
    asks = ending.ASKS[state]
    return {
        "labels": labels(state),
        "must": asks.must,
        "item": [(kind.value, t(f"endings.item.{kind.value}")) for kind in ItemKind],
        "faults": [(fault.value, t(f"endings.fault.{fault.value}")) for fault in Fault],
        "channel": [(way.value, t(f"registry.channel.{way.value}")) for way in CAME],
        "sent_by": [(way.value, t(f"registry.channel.{way.value}")) for way in ending.WAYS],
    }
