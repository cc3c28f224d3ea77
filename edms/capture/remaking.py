"""Scans made anew from their pages: the bytes in the sandbox, outside any transaction; then all at once or nothing.

`plan` looks and refuses, `make` writes bytes into the store, `enter` makes their rows within the caller's transaction.
Bytes of an act that came to nothing have no row and are swept.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture import inheriting, keeping
from edms.capture.models import Capture, PageLabel, PageText, Rendition
from edms.errors import RuleBroken
from edms.registry import contents, separators
from edms.registry.models import Content
from edms.registry.remaking import plan as plans
from edms.registry.remaking.acts import New
from edms.registry.remaking.models import RemakingKind
from edms.registry.remaking.plan import Group, Sheet
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child
from edms.storage.port import ContentStore, Stored

LIMITS = Limits(cpu_seconds=60, wall_seconds=120.0, memory_bytes=2048 * MIB)
KINDS = ("application/pdf", "image/")


@dataclass(frozen=True)
class Plan:
    """What is to be made of which contents, and what is known of their pages."""

    kind: RemakingKind
    sources: tuple[Content, ...]
    groups: tuple[Group, ...]
    pictures: dict[tuple[int, int], Rendition]
    rotations: dict[tuple[int, int], int]
    """By how many degrees a page was turned to be read: what a person turns is what she was shown."""


@dataclass(frozen=True)
class Made:
    """The bytes of a new content, the pages they were made of, and the copied pictures of those."""

    stored: Stored
    sheets: Group
    pictures: tuple[inheriting.Picture, ...]


def in_pages(session: Session, papers: Sequence[Content]) -> set[int]:
    """Which of these have pages that can be put in order: content ids. What is still read may turn out to have some."""
    bare = select(Capture.content_id).where(
        Capture.content_id.in_([each.content_id for each in papers]), Capture.pages == 0
    )
    none = set(session.scalars(bare))
    return {each.content_id for each in papers if each.media_type.startswith(KINDS)} - none


def pages_of(session: Session, content: Content) -> int:
    """How many pages there are to be put in order. Errors: RuleBroken while it is read, or if it has no pages."""
    state = session.get(Capture, content.content_id)
    if state is None or state.pages is None or state.state not in keeping.OVER:
        raise RuleBroken("remaking.still_read")
    if not content.media_type.startswith(KINDS) or state.pages == 0:
        raise RuleBroken("capture.not_in_pages")
    return state.pages


def plan(
    session: Session, sources: Sequence[Content], groups: Sequence[Group], *, most: int = plans.MOST_PAGES
) -> Plan:
    """Look whether these pages can be made so: blank ones and separator sheets may be left out.

    Errors: Invalid (pages), RuleBroken.
    """
    ids = [each.content_id for each in sources]
    pages = {each.content_id: pages_of(session, each) for each in sources}
    kind = plans.check(groups, pages, spare=_spare(session, ids), most=most)
    turned = select(PageText.content_id, PageText.page, PageText.rotation).where(PageText.content_id.in_(ids))
    return Plan(
        kind,
        tuple(sources),
        tuple(tuple(group) for group in groups),
        dict(inheriting.pictures_of(session, ids)),
        {(content_id, page): rotation for content_id, page, rotation in session.execute(turned)},
    )


def joined(session: Session, sources: Sequence[Content]) -> Plan:
    """All pages of the contents, one after the other, as one. Errors: as `plan`."""
    sheets = [Sheet(c.content_id, page) for c in sources for page in range(1, pages_of(session, c) + 1)]
    return plan(session, sources, [sheets])


def make(store: ContentStore, wanted: Plan) -> list[Made]:
    """Write the new bytes. Errors: RuleBroken, saying why it cannot be: signed, locked, damaged, too large."""
    places = {content.content_id: n for n, content in enumerate(wanted.sources)}
    groups = [[(places[s.content_id], s.page, _turn(wanted, s)) for s in group] for group in wanted.groups]
    with tempfile.TemporaryDirectory(prefix="edms-remaking-") as folder, ExitStack() as stack:
        inputs = [_copied(store, content, Path(folder), n) for n, content in enumerate(wanted.sources)]
        child = stack.enter_context(Child("edms.capture.cutting:make", inputs, {"groups": groups}, limits=LIMITS))
        said = list(child)
        if child.outcome.reason is not None:
            raise RuleBroken(child.outcome.reason)
        if reason := next((part["reason"] for part in said if "reason" in part), None):
            raise RuleBroken(_known(reason))
        made = []
        for n, group in enumerate(wanted.groups):
            with child.open(f"made-{n}.pdf") as stream:
                stored = store.put(stream, limit=LIMITS.file_bytes)
            made.append(Made(stored, group, tuple(inheriting.copied(store, group, wanted.pictures))))
    return made


def enter(session: Session, actor: Actor, wanted: Plan, made: Sequence[Made]) -> list[New]:
    """The rows of the new contents, each with the content of its first page as what it was made from."""
    named = {content.content_id: content for content in wanted.sources}
    new = []
    for n, each in enumerate(made, start=1):
        source = named[each.sheets[0].content_id]
        content = contents.enter(
            session, actor, organisation_id=source.organisation_id, stored=each.stored,
            name=_name(source.name, n if len(made) > 1 else None), media_type="application/pdf",
            parent_id=source.content_id,
        )  # fmt: skip
        inheriting.inherit(session, content, each.sheets, each.pictures)
        new.append(New(content, each.sheets))
    return new


def copy(store: ContentStore, content: Content, pages: int, pictures: dict[tuple[int, int], Rendition]) -> Made:
    """The same bytes once more: a content belongs to one letter, so what goes to another goes as a copy."""
    sheets = [Sheet(content.content_id, page) for page in range(1, pages + 1)]
    with store.open(content.store_key) as stream:
        stored = store.put(stream, limit=content.size)
    return Made(stored, sheets, tuple(inheriting.copied(store, sheets, pictures)))


def enter_copy(session: Session, actor: Actor, content: Content, made: Made) -> Content:
    """The row of a copy, with all that was read in the content."""
    new = contents.enter(
        session, actor, organisation_id=content.organisation_id, stored=made.stored, name=content.name,
        media_type=content.media_type, parent_id=content.content_id,
    )  # fmt: skip
    if made.sheets:
        inheriting.inherit(session, new, made.sheets, made.pictures)
    return new


def _spare(session: Session, content_ids: Sequence[int]) -> set[tuple[int, int]]:
    blank = select(PageText.content_id, PageText.page).where(PageText.content_id.in_(content_ids), PageText.blank)
    sheets = select(PageLabel.content_id, PageLabel.page).where(
        PageLabel.content_id.in_(content_ids), PageLabel.code.startswith(f"{separators.PREFIX}:")
    )
    return {(content_id, page) for found in (blank, sheets) for content_id, page in session.execute(found)}


def _turn(wanted: Plan, sheet: Sheet) -> int:
    if not sheet.turn:
        return 0
    return (sheet.turn + wanted.rotations.get((sheet.content_id, sheet.page), 0)) % 360


def _copied(store: ContentStore, content: Content, folder: Path, n: int) -> Path:
    path = folder / f"source-{n}"
    with store.open(content.store_key) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return path


def _known(reason: Any) -> str:
    """The child's reason, if it is one of those it may give: it has met hostile bytes."""
    known = (
        "signed_stays_whole",
        "not_in_pages",
        "locked",
        "damaged",
        "page_damaged",
        "too_many_pages",
        "too_many_pixels",
    )
    given = str(reason).removeprefix("capture.")
    return f"capture.{given}" if given in known else "sandbox.not_understood"


def _name(name: str, n: int | None) -> str:
    stem = name.rpartition(".")[0] or name
    return f"{stem} ({n}).pdf" if n is not None else f"{stem}.pdf"
