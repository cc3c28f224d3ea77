"""One line of the list of case indexes as it is entered, read from a table, and what makes it acceptable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.registry.card import clean
from edms.staff.models import Organisation, Unit

LANGUAGES = ("ka", "hy", "en", "ru")
LONGEST = {"index": 20, "title": 500, "article": 100, "note": 1000}
# Titles that name no subject (D414 art. 47), compared in lower case.
VAGUE = frozenset(
    {
        "სხვადასხვა", "სხვადასხვა მასალები", "სხვა", "მიმოწერა", "დოკუმენტები", "საერთო მიმოწერა",
        "տարբեր", "տարբեր նյութեր", "այլ", "գրագրություն", "փաստաթղթեր",
        "various", "various materials", "other", "miscellaneous", "correspondence", "documents",
        "разное", "прочее", "переписка", "документы", "материалы",
    }
)  # fmt: skip
YES = frozenset({"1", "yes", "true", "x", "+", "კი", "დიახ", "այո", "да"})


@dataclass(frozen=True)
class IndexLine:
    """One line of the list as entered. `titles` by language; `unit_index` as on the unit's own card."""

    index: str
    titles: Mapping[str, str]
    retention_class: str
    article: str | None = None
    unit_index: str | None = None
    carry_over: bool = False
    note: str | None = None


def line_of(texts: Mapping[str, str | None]) -> IndexLine:
    """The line of a table's row, its columns by name."""
    titles = {language: text for language in LANGUAGES if (text := texts.get(f"title_{language}"))}
    if plain := texts.get("title"):
        titles.setdefault("ka", plain)
    return IndexLine(
        index=texts.get("index") or "",
        titles=titles,
        retention_class=texts.get("retention_class") or "",
        article=texts.get("article"),
        unit_index=texts.get("unit"),
        carry_over=(texts.get("carry_over") or "").lower() in YES,
        note=texts.get("note"),
    )


def judged(
    session: Session,
    organisation: Organisation,
    rows: Iterable[Mapping[str, object]],
    classes: Collection[str] | None,
) -> Iterator[tuple[int, IndexLine, dict[str, str]]]:
    """The lines of a table with their places, the first under the heading being 1, and what is wrong with each.

    Empty rows are passed over; an index that stood above already is a fault of the later row.
    """
    seen: set[str] = set()
    for place, row in enumerate(rows, start=1):
        texts = {str(name): clean(str(value)) for name, value in row.items() if value is not None}
        if not any(texts.values()):
            continue
        line = line_of(texts)
        wrong = faults(session, organisation, line, classes)
        if line.index and line.index in seen:
            wrong["index"] = "filing.index_twice"
        seen.add(line.index)
        yield place, line, wrong


def faults(
    session: Session, organisation: Organisation, line: IndexLine, classes: Collection[str] | None
) -> dict[str, str]:
    """What is wrong with a line: column to message id. `classes` are the retention classes that exist, if known."""
    wrong: dict[str, str] = {}
    if not line.index:
        wrong["index"] = "filing.index_missing"
    elif not all(c.isalnum() or c in "-./" for c in line.index):
        wrong["index"] = "filing.index_characters"
    titles = [clean(text) for text in line.titles.values()]
    if not any(titles):
        wrong["title"] = "filing.title_missing"
    elif any((text or "").lower().rstrip(".") in VAGUE for text in titles):
        wrong["title"] = "filing.title_vague"
    if not line.retention_class:
        wrong["retention_class"] = "filing.class_missing"
    elif classes is not None and line.retention_class not in classes:
        wrong["retention_class"] = "filing.class_unknown"
    if line.unit_index and unit_of(session, organisation, line.unit_index) is None:
        wrong["unit"] = "filing.unit_unknown"
    for column, text in (("index", line.index), ("article", line.article), ("note", line.note)):
        if len(text or "") > LONGEST[column]:
            wrong[column] = "filing.text_too_long"
    if any(len(text or "") > LONGEST["title"] for text in titles):
        wrong["title"] = "filing.text_too_long"
    return wrong


def unit_of(session: Session, organisation: Organisation, index: str) -> Unit | None:
    """The unit of this index in the organisation, if there is one."""
    found = select(Unit).where(Unit.organisation_id == organisation.organisation_id, Unit.index == index)
    return session.scalar(found.order_by(Unit.unit_id).limit(1))
