"""The pages of a content as a reader is shown them: their pictures, or where there is none their text."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.capture.models import Capture, PageText, Rendition, RenditionKind


@dataclass(frozen=True)
class ShownPage:
    """A page from 1: its preview, else its text, else nothing but the reason why (a message id, None while it waits)."""

    page: int
    preview: Rendition | None
    text: str
    reason: str | None


def shown_pages(session: Session, content_id: int, *, most: int) -> list[ShownPage]:
    """The pages in order, `most` at most; none while nobody has looked inside."""
    state = session.get(Capture, content_id)
    if state is None:
        return []
    wanted = range(1, min(state.pages or 1, most) + 1)
    pictures = select(Rendition).where(
        Rendition.content_id == content_id, Rendition.kind == RenditionKind.PREVIEW, Rendition.page <= wanted[-1]
    )
    previews = {picture.page: picture for picture in session.scalars(pictures)}
    bare = [page for page in wanted if page not in previews]
    said = select(PageText.page, PageText.text, PageText.reason).where(
        PageText.content_id == content_id, PageText.page.in_(bare)
    )
    read = {page: (text.strip(), reason) for page, text, reason in session.execute(said)} if bare else {}
    return [ShownPage(page, previews.get(page), *read.get(page, ("", state.reason))) for page in wanted]
