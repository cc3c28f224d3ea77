"""A Word letter is converted while nothing is locked; a converter that is missing, slow or dead costs no text."""

from __future__ import annotations

import io

import psycopg
import pytest
from docx import Document as WordFile
from sqlalchemy import select

from edms.drafting import drafts
from edms.drafting.models import Draft, DraftSource, DraftState, DraftVersion, WordTemplate
from edms.drafting.paper import word
from edms.drafting.paper.letter import Letter, letter
from edms.drafting.paper.office import Office
from edms.errors import Invalid, Unavailable

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions).order_by(*table.__mapper__.primary_key)))


def typed(desk, **more):
    return {
        "subject": "გზის შეკეთება", "addressee": "ანა", "signer": desk.cast.mayor.official_id, "channel": "post",
        "language": "ka", "text": "გზა შეკეთდება.", "do": "show", **more,
    }  # fmt: skip


@pytest.fixture
def paper(desk) -> int:
    file, made = WordFile(), io.BytesIO()
    for line in ("{{ office }}", "{{ text }}"):
        file.add_paragraph(line)
    file.save(made)
    sent = {"name": "წერილი", "kind": "letter", "language": "ka", "file": (io.BytesIO(made.getvalue()), "t.docx")}
    desk.as_("registrar").post("/templates/", sent)
    return rows(desk, WordTemplate)[0].word_template_id


def under_way(desk) -> list[str]:
    """What others have open in this database at this moment."""
    with psycopg.connect(desk.house.urls.app.replace("+psycopg", "", 1), autocommit=True) as connection:
        open_ = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
        return [state for (state,) in connection.execute(open_)]


def test_no_transaction_is_open_while_a_word_letter_is_made(desk, paper, monkeypatch):
    seen: list[list[str]] = []

    def convert(_: bytes):
        seen.append(under_way(desk))
        return letter(Letter(Office("მერია"), "ka", "გზა", "ტექსტი", "მერი", "მერი"))

    monkeypatch.setattr(word, "printed", convert)
    with desk.house.transaction() as session:
        session.scalar(select(1))
        assert under_way(desk) == ["idle in transaction"]  # the question itself sees what is open
    executor = desk.as_("executor")
    executor.post("/drafts/new", typed(desk, template=paper, do="send", visas=[desk.cast.lawyer.official_id]))
    (draft,) = rows(desk, Draft)
    (version,) = rows(desk, DraftVersion)
    assert (draft.source, draft.state) == (DraftSource.WORD, DraftState.VISAS)
    assert version.content_id is not None and version.word_content_id is not None
    assert seen == [[]]


@pytest.mark.parametrize(
    "trouble",
    [Unavailable("paper.word_no_converter"), Unavailable("paper.word_too_slow", seconds="60"), Invalid("paper.word_not_understood")],
)  # fmt: skip
def test_a_converter_that_fails_costs_no_text_and_says_why(desk, paper, monkeypatch, trouble):
    def fails(_: bytes):
        raise trouble

    monkeypatch.setattr(word, "printed", fails)
    executor = desk.as_("executor")
    place = executor.post("/drafts/new", typed(desk, template=paper, do="send")).headers["Location"]
    (draft,) = rows(desk, Draft)
    (version,) = rows(desk, DraftVersion)
    assert (draft.state, version.text, version.trouble) == (DraftState.WRITING, "გზა შეკეთდება.", trouble.message)
    assert 'class="note late"' in (page := executor.get(place)) and "გზა შეკეთდება." in page
    desk.as_("stranger").post(place, typed(desk, version=draft.version), status=404)
    monkeypatch.setattr(word, "printed", lambda _: letter(Letter(Office("მ"), "ka", "გზა", "ტ", "მ", "მ")))
    executor.post(place, typed(desk, version=draft.version, do="send"))
    assert rows(desk, Draft)[0].state is DraftState.TO_SIGN
    assert rows(desk, DraftVersion)[-1].trouble is None and 'class="note late"' not in executor.get(place)


def test_a_draft_that_changed_while_its_page_was_made_does_not_take_that_page(desk, paper, monkeypatch):
    executor = desk.as_("executor")
    place = executor.post("/drafts/new", typed(desk, template=paper, do="save")).headers["Location"]

    def convert(_: bytes):
        with desk.house.transaction() as session:  # the same author in another window
            who = desk.cast_in(session).executor.actor()
            draft = drafts.draft_of(session, who, rows(desk, Draft)[0].draft_id, lock=True)
            drafts.save(session, who, draft, version=draft.version, text="სხვა ტექსტი")
        return letter(Letter(Office("მ"), "ka", "გზა", "ტ", "მ", "მ"))

    monkeypatch.setattr(word, "printed", convert)
    executor.post(place, typed(desk, version=rows(desk, Draft)[0].version), status=409)
    (version,) = rows(desk, DraftVersion)
    assert (version.text, version.content_id) == ("სხვა ტექსტი", None)
