"""Scans for tests of what is mended with them: pages that say which they are, taken in and read as a worker would."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pikepdf
import pypdfium2
from sqlalchemy import select
from sqlalchemy.orm import Session
from weasyprint import HTML

from edms.access.actor import Actor
from edms.capture import reading, remaking
from edms.capture.models import PageText
from edms.capture.tesseract import Engine
from edms.db.engine import transaction
from edms.registry import arrivals, contents
from edms.registry.models import Arrival, Content
from edms.registry.remaking import acts
from edms.registry.remaking.models import Remaking
from edms.registry.remaking.plan import Sheet
from edms.registry.words import Channel, Tray
from edms.storage.folder import FolderStore
from tests import cast

NO_ENGINE = Engine("/nonexistent/tesseract")
"""Pages here bring their own text; nothing is left to recognise."""


class Scans:
    """An office with a scanner: `scan` lays pages into its tray."""

    def __init__(self, sessions: Any, folder: Any) -> None:
        self.sessions, self.store = sessions, FolderStore(folder)
        with self.transaction() as session:
            self.office = cast.office(session)
        self.here = self.office.organisation.organisation_id

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with transaction(self.sessions) as session:
            yield session

    def who(self, session: Session, name: str = "registrar", **more: Any) -> Actor:
        return cast.Person(session, session.merge(getattr(self.office, name).official)).actor(**more)

    def scan(self, whole: bytes, name: str = "scan.pdf", *, read: bool = True) -> int:
        """Bytes in the tray, read; the arrival."""
        stored = self.store.put(io.BytesIO(whole), limit=1 << 30)
        robot = Actor.system(self.here)
        with self.transaction() as session:
            content = contents.enter(session, robot, organisation_id=self.here, stored=stored, name=name)
            arrival = arrivals.take_in(
                session, robot, organisation_id=self.here, tray=Tray.SCAN, channel=Channel.SCAN, content=content
            )
            arrival_id, content_id = arrival.arrival_id, content.content_id
        if read:
            self.read(content_id)
        return arrival_id

    def read(self, content_id: int) -> None:
        reading.look_inside(self.transaction, self.store, content_id, engine=NO_ENGINE)

    def content(self, arrival_id: int) -> Content:
        with self.transaction() as session:
            content = session.get_one(Arrival, arrival_id).content
            assert content is not None
            session.expunge(content)
            return content

    def arrival(self, arrival_id: int) -> Arrival:
        with self.transaction() as session:
            return session.get_one(Arrival, arrival_id)

    def remake(self, arrival_ids: list[int], groups: list[list[tuple[int, int, int]]] | None) -> Remaking:
        """Make (which arrival, page, turn) of the scans; None: join them."""
        sources = [self.content(each) for each in arrival_ids]
        with self.transaction() as session:
            if groups is None:
                wanted = remaking.joined(session, sources)
            else:
                sheets = [[Sheet(sources[n].content_id, page, turn) for n, page, turn in group] for group in groups]
                wanted = remaking.plan(session, sources, sheets)
        made = remaking.make(self.store, wanted)
        with self.transaction() as session:
            who = self.who(session)
            lying = [session.get_one(Arrival, each) for each in arrival_ids]
            act = acts.remake(session, who, lying, wanted.kind, remaking.enter(session, who, wanted, made))
            _ = act.parts
            return act

    def undo(self, act: Remaking) -> None:
        with self.transaction() as session:
            who = self.who(session)
            acts.undo(session, who, acts.remaking_of(session, who, act.remaking_id))

    def bytes_of(self, content: Content) -> bytes:
        with self.store.open(content.store_key) as stream:
            return stream.read()

    def pages(self, content_id: int) -> list[str]:
        """What was read on the pages, in order: "page 3" and so on."""
        with self.transaction() as session:
            found = select(PageText.text).where(PageText.content_id == content_id).order_by(PageText.page)
            return [text.split(":")[0] for text in session.scalars(found)]


def pages_pdf(*names: str) -> bytes:
    """A PDF whose pages begin with these names."""
    said = ": გთხოვთ აღადგინოთ გზის საფარი ჩვენს ქუჩაზე და გვაცნობოთ პასუხი წერილობით."
    html = "".join(f"<p style='break-after: page'>{name}{said}</p>" for name in names)
    return bytes(HTML(string=f"<html style='font-family: Noto Sans Georgian'>{html}</html>").write_pdf())


def names_in(pdf: bytes) -> list[str]:
    """The names of the pages that a PDF has, by its own bytes."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded().split(":")[0].strip() for page in document]


def signed_pdf(whole: bytes) -> bytes:
    """The same with the bytes of a signature in it, hanging where a form's field would have it."""
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        mark = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=pikepdf.String("00"))
        field = pdf.make_indirect(
            pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("s"), V=pdf.make_indirect(mark))
        )
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        pdf.save(made)
    return made.getvalue()
