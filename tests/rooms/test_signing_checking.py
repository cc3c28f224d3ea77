"""What arrives signed is judged by a job: with its file beside it, with those asked who know of revocation, once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from edms.bootstrap import House
from edms.capture import keeping
from edms.capture.parts import Attachment
from edms.config import Settings
from edms.db.engine import Sessions, Urls
from edms.demo.authority import Inside
from edms.jobs import Kind
from edms.registry import arrivals, contents
from edms.registry.card import Card
from edms.registry.models import Content, Register
from edms.registry.registration import register
from edms.registry.words import Channel, ContentRole, Tray
from edms.signing import checking, verdict_lines
from edms.signing.models import VerdictLine
from edms.signing.verdicts import Bottom, Level
from edms.storage.memory import MemoryStore
from tests import cast, forgeries, signed_things
from tests.conftest import Database
from tests.signed_things import LETTER
from workers import signing


@dataclass
class Counter:
    """A house whose trusted authority can be asked, and an office."""

    house: House
    outside: Inside
    office: cast.Office
    register_id: int

    def takes(self, whole: bytes, name: str, parent_id: int | None = None) -> int:
        """Bytes arrive; the content's id."""
        stored = self.house.store.put(io.BytesIO(whole), limit=1 << 30)
        with self.house.transaction() as session:
            who = cast.Person(session, self.office.registrar.official).actor()
            content = contents.enter(
                session, who, organisation_id=who.organisation_id or 0, stored=stored, name=name, parent_id=parent_id
            )
            if parent_id is None:
                arrivals.take_in(
                    session, who, organisation_id=who.organisation_id or 0, tray=Tray.UPLOAD,
                    channel=Channel.COUNTER, content=content,
                )  # fmt: skip
            return content.content_id

    def line(self, content_id: int) -> VerdictLine | None:
        """The standing verdict."""
        with self.house.transaction() as session:
            found = verdict_lines.newest(session, content_id)
            if found is not None:
                session.expunge(found)
            return found

    def posted(self, content_id: int) -> int:
        """How many checks of a content were posted."""
        told = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :kind AND args->>'subject_id' = :id"
        with self.house.transaction() as session:
            values = {"kind": Kind.CHECK_SIGNATURES.value, "id": str(content_id)}
            return int(session.scalar(text(told), values) or 0)


@pytest.fixture
def counter(database: Database, committed: Sessions, tmp_path: Path) -> Iterator[Counter]:
    settings = Settings(data_dir=tmp_path, trust_dir=signed_things.authority().trust_dir)
    house = House(settings, Urls(database.app_url, database.owner_url), database.engine, committed, MemoryStore())
    outside = Inside(signed_things.authority())
    house.__dict__["outside"] = outside
    with house.transaction() as session:
        office = cast.office(session)
        register_id = office.incoming.register_id
    yield Counter(house, outside, office, register_id)


def test_a_signed_pdf_that_arrives_gets_its_verdict_by_asking(counter: Counter) -> None:
    content_id = counter.takes(signed_things.pdf("B-T"), "letter.pdf")
    assert counter.posted(content_id) == 1
    signing.check(counter.house, content_id)
    line = counter.line(content_id)
    assert line is not None
    assert (line.bottom, line.level, line.who) == (Bottom.PASSED, Level.T, [signed_things.EC.name])
    assert line.answers is not None and line.answers["ocsps"]
    with counter.house.transaction() as session:
        told = verdict_lines.evidence(session.get_one(Content, content_id), line)
    assert told["signatures"][0]["chain"] and told["file"]["sha256"]


def test_when_nobody_answers_it_is_undecided_and_a_later_check_stands(counter: Counter) -> None:
    counter.outside.down = True
    content_id = counter.takes(signed_things.pdf("B-T"), "letter.pdf")
    signing.check(counter.house, content_id)
    line = counter.line(content_id)
    assert line is not None and line.bottom is Bottom.INDETERMINATE and line.reason == "signing.verdict_unproven"
    counter.outside.down = False
    signing.check(counter.house, content_id)
    line = counter.line(content_id)
    assert line is not None and line.bottom is Bottom.PASSED
    with counter.house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(VerdictLine)) == 2


def test_a_forged_letter_arrives_all_the_same_and_is_said_to_be_one(counter: Counter) -> None:
    forged = forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["shadow replace: a value in a form"])
    content_id = counter.takes(forged, "letter.pdf")
    signing.check(counter.house, content_id)
    line = counter.line(content_id)
    assert line is not None
    assert (line.bottom, line.changed_after) == (Bottom.FAILED, True)
    assert line.findings[0]["changes"]


@pytest.mark.parametrize("whole", [b"", b"scan", b"%PDF-1.4 nothing signed", b"PK\x03\x04", b"<html>", b"MIme"])
def test_what_is_not_signed_has_no_verdict(counter: Counter, whole: bytes) -> None:
    content_id = counter.takes(whole, "paper")
    signing.check(counter.house, content_id)
    assert counter.line(content_id) is None


def test_what_only_pretends_is_indeterminate_and_nothing_is_thrown(counter: Counter) -> None:
    for whole in (b"%PDF-1.7 /ByteRange", b"PK\x03\x04 META-INF/", b"<a>http://www.w3.org/2000/09/xmldsig#"):
        content_id = counter.takes(whole, "paper")
        signing.check(counter.house, content_id)
        line = counter.line(content_id)
        assert line is not None and line.bottom is Bottom.INDETERMINATE


def test_a_detached_signature_finds_its_file_in_the_same_mail(counter: Counter) -> None:
    mail = counter.takes(b"From: a\n\nb", "mail.eml")
    signature = counter.takes(signed_things.message("B-T"), "letter.txt.p7s", mail)
    signing.check(counter.house, signature)
    line = counter.line(signature)
    assert line is not None and line.reason == "signing.verdict_signed_file_missing"
    letter = counter.takes(LETTER, "letter.txt", mail)
    before = counter.posted(signature)
    signing.check(counter.house, letter)
    assert counter.line(letter) is None
    assert counter.posted(signature) == before + 1
    signing.check(counter.house, signature)
    line = counter.line(signature)
    assert line is not None and line.bottom is Bottom.PASSED
    assert line.findings[0]["covers"] == ["letter.txt"]
    with counter.house.transaction() as session:
        assert [content.content_id for content, _ in verdict_lines.within(session, [mail])] == [signature]


def test_a_detached_signature_finds_its_file_on_the_same_letter_only(counter: Counter) -> None:
    letter, signature = counter.takes(LETTER, "letter.txt"), counter.takes(signed_things.message("B-T"), "letter.p7s")
    signing.check(counter.house, signature)
    line = counter.line(signature)
    assert line is not None and line.reason == "signing.verdict_signed_file_missing"
    with counter.house.transaction() as session:
        who = cast.Person(session, counter.office.registrar.official).actor()
        book = session.get_one(Register, counter.register_id)
        card = Card(summary="გზის შეკეთების თხოვნა", correspondent_name="ანა კალანდაძე")
        document = register(session, who, book, card, idempotency_key="one")
        for each in (letter, signature):
            contents.attach(session, who, document, session.get_one(Content, each), ContentRole.ANNEX)
    signing.check(counter.house, signature)
    line = counter.line(signature)
    assert line is not None and line.bottom is Bottom.PASSED


def test_what_comes_out_of_a_mail_is_checked_too(counter: Counter) -> None:
    mail = counter.takes(b"From: a\n\nb", "mail.eml")
    with counter.house.transaction() as session:
        begun = keeping.begin(session, mail)
        assert begun is not None
    stored = counter.house.store.put(io.BytesIO(signed_things.pdf()), limit=1 << 30)
    with counter.house.transaction() as session:
        keeping.attach(session, begun, Attachment(attachment="attachment-1", name="letter.pdf"), stored)
    with counter.house.transaction() as session:
        (inner,) = session.scalars(select(Content).where(Content.parent_id == mail))
        content_id = inner.content_id
    assert counter.posted(content_id) == 1


def test_a_content_that_is_gone_is_no_error(counter: Counter) -> None:
    signing.check(counter.house, 987654321)
    signing.check(counter.house, None)
    with counter.house.transaction() as session:
        assert checking.to_check(session, 987654321) is None
