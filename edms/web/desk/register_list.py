"""What a register's list is asked for (year, state, unit), read once for page, paper and spreadsheet alike."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from edms.overview.register import Wanted
from edms.registry.words import DocumentState

YEARS = range(1900, 2200)


def asked(given: Mapping[str, str]) -> Wanted:
    """The filters as the address has them; what is no filter is left out."""
    state = given.get("state", "")
    year, _, serial = given.get("before", "").partition(".")
    return Wanted(
        year=wanted if (wanted := _number(given.get("year", ""))) in YEARS else None,
        state=DocumentState(state) if state in set(DocumentState) else None,
        unit_id=_number(given.get("unit", "")),
        before=(int(year), int(serial))
        if _number(year.removeprefix("-")) is not None and _number(serial) is not None
        else None,
    )


def query(wanted: Wanted, before: tuple[int, int] | None = None) -> str:
    """The same filters as an address's end, at the place `before`."""
    kept = {"year": wanted.year, "state": wanted.state.value if wanted.state else None, "unit": wanted.unit_id}
    if before is not None:
        kept["before"] = f"{before[0]}.{before[1]}"
    return urlencode({name: value for name, value in kept.items() if value is not None})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
