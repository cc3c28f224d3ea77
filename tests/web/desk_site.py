"""The desk with its cast signed in, and letters on their way, for the pages' tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from edms import bootstrap, clock
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.drafting.models import Draft
from edms.drafting.printing import BEFORE_OTHERS
from edms.registry.models import Document
from edms.storage.folder import FolderStore
from tests import cast, letters
from tests.applications import app_of
from tests.web.entry import PASSWORD, enter
from workers.printing import print_draft

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Reader:
    """One of the cast at her browser."""

    client: FlaskClient
    login: str

    def get(self, address: str, status: int = 200) -> str:
        """The page, which must answer so."""
        answer = self.client.get(address)
        text = answer.get_data(as_text=True)
        assert answer.status_code == status, f"{self.login} {address} {answer.status_code} {text[-600:]}"
        return text

    def post(self, address: str, values: dict[str, Any] | None = None, *, status: int = 303) -> TestResponse:
        """Send a form of hers; it must answer so."""
        token = TOKEN.search(self.client.get("/account/").get_data(as_text=True))
        assert token is not None
        answer = self.client.post(address, data={"csrf_token": token[1], **(values or {})})
        assert answer.status_code == status, f"{self.login} {address} {answer.status_code} {_told(answer)}"
        return answer


def _told(answer: TestResponse) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(text.split())[:900]


@dataclass
class DeskSite:
    """The application with the cast. `at` is the moment at which everything happens; `later` moves it on."""

    house: bootstrap.House
    app: Any
    cast: cast.Office
    readers: dict[str, Reader] = field(default_factory=dict)
    password: str = PASSWORD

    def as_(self, name: str) -> Reader:
        """The one called so in the cast, signed in."""
        if name not in self.readers:
            login = getattr(self.cast, name).official.login
            reader = Reader(self.app.test_client(), login)
            enter(self.house, reader.client, login)
            self.readers[name] = reader
        return self.readers[name]

    def print_drafts(self) -> None:
        """What a machine does within the second: the pages of drafts that were sent on."""
        with self.house.transaction() as session:
            found = session.scalars(select(Draft.draft_id).where(Draft.state.in_(BEFORE_OTHERS)))
        for draft_id in found:
            print_draft(self.house, draft_id)

    def do(self, act: Callable[[Session, cast.Office], Any]) -> Any:
        """Something done through the services, committed."""
        with self.house.transaction() as session:
            return act(session, self.cast_in(session))

    def ten_seconds_later(self) -> None:
        """Everybody is told of what was done so far."""
        with self.house.transaction() as session:
            letters.ten_seconds_later(session)

    def cast_in(self, session: Session) -> cast.Office:
        """The cast as rows of this session."""
        moved = {}
        for name, value in vars(self.cast).items():
            if isinstance(value, cast.Person):
                moved[name] = cast.Person(session, session.merge(value.official, load=True))
            else:
                moved[name] = session.merge(value, load=True)
        return cast.Office(**moved)

    def letter(self, **card: Any) -> int:
        """A letter from a citizen; its id."""
        return int(self.do(lambda s, o: letters.letter(s, o, **{"case_index": "12-05", **card})).document_id)

    def given(self, *names: str, due_on: date | None = None, **card: Any) -> tuple[int, list[int]]:
        """A letter that the mayor gave to these people some minutes ago; its id and the ids of their work."""

        def act(session: Session, office: cast.Office) -> tuple[int, list[int]]:
            document = letters.letter(session, office, **{"case_index": "12-05", **card})
            made = letters.resolved(
                session, office, document, *(getattr(office, name) for name in names), due_on=due_on
            )
            return document.document_id, [a.assignment_id for a in made.assignments]

        with clock.at(clock.now() - timedelta(minutes=5)):
            found: tuple[int, list[int]] = self.do(act)
        return found

    def document(self, document_id: int) -> Document:
        """The letter as it stands now."""
        with self.house.transaction() as session:
            found = session.get_one(Document, document_id)
            _ = found.register
        return found


@pytest.fixture
def desk(database, committed, tmp_path):
    """The desk's pages on a database of their own."""
    settings = Settings(data_dir=tmp_path, secure_cookies=False, public_url="http://kvemo.example")
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    house = bootstrap.House(settings, urls, database.engine, database.sessions, FolderStore(settings.contents_dir))
    with transaction(committed) as session:
        office = cast.office(session)
    return DeskSite(house, app_of(house), office)
