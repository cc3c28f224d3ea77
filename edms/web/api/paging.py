"""Pages by keyset: the cursor says after which line to go on, so that nothing is seen twice whatever comes in between.

A cursor is opaque to programs and worth nothing but a place: rights are asked anew on each page.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

from edms.errors import Invalid
from edms.web.api.shapes import MOST_ID, Page, Paged

Row = TypeVar("Row")
Item = TypeVar("Item")


def place(query: Paged, *kinds: type) -> tuple[Any, ...] | None:
    """What the cursor says, as values of these kinds; None on the first page. Errors: Invalid for one of our making not."""
    if query.cursor is None:
        return None
    try:
        raw = json.loads(base64.urlsafe_b64decode(query.cursor.encode("ascii") + b"==="))
        if not isinstance(raw, list) or len(raw) != len(kinds) + 1 or raw[0] != _list():
            raise ValueError
        return tuple(_value(kind, part) for kind, part in zip(kinds, raw[1:], strict=True))
    except (ValueError, TypeError, RecursionError):
        raise Invalid(fields={"cursor": "api.cursor_wrong"}) from None


def page(
    rows: Sequence[Row], query: Paged, show: Callable[[Row], Item], key: Callable[[Row], tuple[Any, ...]]
) -> Page[Item]:
    """The page of `rows`, of which one more than the page holds was fetched; `key` is where a row stands."""
    more = rows[query.limit - 1] if len(rows) > query.limit else None
    following = next_address(cursor(key(more))) if more is not None else None
    return Page(items=[show(row) for row in rows[: query.limit]], next=following)


def whole(
    rows: Iterable[Row], query: Paged, show: Callable[[Row], Item], key: Callable[[Row], int]
) -> Page[Item]:  # fmt: skip
    """A page of a list that the room gives as a whole (an office's people, registers, a year's plan), in its order.

    The cursor names the last line by its id; a line that is gone since ends the walk rather than repeat it.
    """
    ordered, after = list(rows), place(query, int)
    if after is not None:
        at = next((n for n, row in enumerate(ordered, start=1) if key(row) == after[0]), len(ordered))
        ordered = ordered[at:]
    return page(ordered[: query.limit + 1], query, show, lambda row: (key(row),))


def cursor(values: Iterable[Any]) -> str:
    """The values as a cursor."""
    plain = [_list(), *(value.isoformat() if isinstance(value, date) else value for value in values)]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def next_address(made: str) -> str:
    """This list's address with another cursor."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*kept, ('cursor', made)])}"


def _list() -> int:
    """Which list this is: a cursor leads on in its own only."""
    return zlib.crc32(request.path.encode())


def _value(kind: type, part: Any) -> Any:
    if kind is datetime:
        instant = datetime.fromisoformat(part)
        if instant.tzinfo is None:
            raise ValueError
        return instant
    if kind is date:
        return date.fromisoformat(part)
    if type(part) is not kind or (isinstance(part, int) and not -MOST_ID <= part <= MOST_ID):
        raise ValueError
    if isinstance(part, str) and "\0" in part:
        raise ValueError
    return part
