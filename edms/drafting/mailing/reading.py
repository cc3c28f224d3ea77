"""A list of addressees as it is understood, and one text with fields filled from its rows. Pure: nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edms.errors import Invalid
from edms.registry.words import Channel

COLUMNS = ("name", "address", "channel", "email", "copy")
MOST = 1_000  # letters of one list
LONGEST = {"name": 300, "address": 500}
_FIELD = re.compile(r"\{\s*([^{}\n]{1,60}?)\s*\}")


@dataclass(frozen=True)
class Line:
    """A row of the list, counted from 1 under its heading; `faults` name the column and what is wrong."""

    place: int
    name: str
    address: str
    channel: Channel
    copy: bool
    cells: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """How headings and channels may be called, in lower case; "yes" of the column `copy` is any text but these noes."""

    heads: Mapping[str, str]
    channels: Mapping[str, Channel]
    noes: frozenset[str]


def understood(rows: Iterable[Mapping[str, str]], words: Words, *, usual: Channel) -> list[Line]:
    """The rows of a table. Errors: Invalid (table): none, too many, no column of names."""
    made: list[Line] = []
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(rows, start=1):
        cells = {words.heads.get(head, head): " ".join(text.split()) for head, text in row.items()}
        if not any(cells.values()):
            continue
        if "name" not in cells:
            raise Invalid(fields={"table": "mailing.no_names"})
        made.append(_line(place, cells, words, usual, seen))
    if not made:
        raise Invalid(fields={"table": "capture.table_empty"})
    if len(made) > MOST:
        raise Invalid(fields={"table": "mailing.too_many"})
    return made


def _line(place: int, cells: dict[str, str], words: Words, usual: Channel, seen: set[tuple[str, str]]) -> Line:
    faults: dict[str, str] = {}
    said = cells.get("channel", "").lower()
    channel = words.channels.get(said, usual)
    if said and said not in words.channels:
        faults["channel"] = "mailing.channel_unknown"
    address = cells.get("email", "") if channel is Channel.EMAIL and cells.get("email") else cells.get("address", "")
    name = cells["name"]
    if not name:
        faults["name"] = "drafting.addressee_missing"
    for column, text in (("name", name), ("address", address)):
        if len(text) > LONGEST[column]:
            faults[column] = "registry.text_too_long"
    if channel is Channel.EMAIL and "@" not in address:
        faults["address"] = "registry.email_impossible"
    elif channel in (Channel.POST, Channel.COURIER) and not address:
        faults["address"] = "registry.address_missing"
    if (name, address) in seen:
        faults["name"] = "mailing.twice"
    seen.add((name, address))
    copy = cells.get("copy", "").lower() not in words.noes
    return Line(place, name, address, channel, copy, cells, faults)


def fields_in(text: str) -> list[str]:
    """The names of the fields in a text, each once, in lower case."""
    return list(dict.fromkeys(found.lower() for found in _FIELD.findall(text)))


def check(text: str, lines: Iterable[Line], words: Words, *, one_number: bool) -> None:
    """Refuse a text whose fields the list does not have. Errors: Invalid (text), naming them."""
    wanted = fields_in(text)
    if one_number and wanted:
        raise Invalid(fields={"text": "mailing.one_text_for_all"})
    known = {column for line in lines for column in line.cells}
    if missing := [name for name in wanted if words.heads.get(name, name) not in known]:
        raise Invalid("mailing.field_unknown", fields={"text": "mailing.field_unknown"}, names=", ".join(missing))


def unfilled(text: str) -> str:
    """The text as the title of the whole list: where each letter has a word of its own stand three dots."""
    return _FIELD.sub("…", text)


def filled(text: str, cells: Mapping[str, str], heads: Mapping[str, str]) -> str:
    """The text with its fields filled; a field that the row leaves empty is empty."""
    return _FIELD.sub(lambda found: cells.get(heads.get(found[1].lower(), found[1].lower()), ""), text)
