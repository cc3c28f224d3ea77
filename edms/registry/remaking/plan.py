"""What is to be made of the pages at hand: pure. No page that says anything is lost, none is doubled; doing nothing is
no plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from edms.errors import Invalid
from edms.registry.remaking.models import RemakingKind

TURNS = (0, 90, 180, 270)
MOST_PAGES = 200
"""Pages that one person can still put in order by looking at them."""


class Sheet(NamedTuple):
    """A page of a content, from 1, and the degrees clockwise by which it is to be turned."""

    content_id: int
    page: int
    turn: int = 0


Group = Sequence[Sheet]


def check(
    groups: Sequence[Group],
    pages: Mapping[int, int],
    *,
    spare: Collection[tuple[int, int]] = (),
    most: int = MOST_PAGES,
) -> RemakingKind:
    """What the plan does with contents of so many `pages`, by their ids in order. Errors: Invalid (pages).

    `spare` are pages, by content, on which nothing is written: they alone may be left out.
    """
    wanted = [Sheet(content_id, page) for content_id, count in pages.items() for page in range(1, count + 1)]
    given = [sheet for group in groups for sheet in group]
    if len(wanted) > most:
        raise Invalid(fields={"pages": "remaking.too_many_pages"})
    upright = [sheet._replace(turn=0) for sheet in given]
    left_out = {sheet for sheet in set(wanted).difference(upright) if sheet[:2] in spare}
    if sorted(upright) != [sheet for sheet in sorted(wanted) if sheet not in left_out] or not all(groups) or not groups:
        raise Invalid(fields={"pages": "remaking.pages_do_not_fit"})
    if any(sheet.turn not in TURNS for sheet in given):
        raise Invalid(fields={"pages": "remaking.turn_unknown"})
    if len(groups) > 1:
        return RemakingKind.DIVIDED
    if len(pages) > 1:
        return RemakingKind.JOINED
    if given == wanted:
        raise Invalid(fields={"pages": "remaking.nothing_changed"})
    return RemakingKind.ARRANGED
