"""The application with the cast and their tokens, as programs see it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edms import bootstrap
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.staff.tokens import create_token
from edms.storage.folder import FolderStore
from tests import cast, letters
from tests.applications import app_of

PREFIX = "/api/v1"
PEOPLE = (
    "registrar", "mayor", "deputy", "head_secretary", "unit_head", "executor", "second_executor", "controller", "lawyer",
    "archivist", "auditor", "administrator", "stranger", "foreigner", "foreign_administrator",
)  # fmt: skip


@dataclass
class Program:
    """A program with somebody's token; without one, anybody's."""

    client: FlaskClient
    secret: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, /, **headers: str) -> TestResponse:
        """One request; header names with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            named.setdefault("Authorization", f"Bearer {self.secret}")
        sent = {"json": body} if body is not None else {}
        address = path if path.startswith("/api/") else PREFIX + path
        return self.client.open(address, method=method, headers=named, **sent)

    def get(self, path: str, **headers: str) -> Any:
        """What is answered, which must be well."""
        return self._well(self.call("GET", path, **headers))

    def make(self, path: str, body: Any) -> Any:
        """A thing made under a key of its own."""
        return self._well(self.call("POST", path, body, Idempotency_Key=secrets.token_hex(8)), 201)

    def change(self, thing: Any, path: str, body: Any = None, method: str = "POST") -> Any:
        """A change based on the state of `thing`."""
        return self._well(self.call(method, path, body, If_Match=f'"{thing["etag"]}"'))

    def upload(self, raw: bytes, name: str, key: str | None = None) -> TestResponse:
        """Bytes into the tray."""
        return self.client.post(
            f"{PREFIX}/arrivals",
            data=raw,
            headers={
                "Authorization": f"Bearer {self.secret}",
                "Idempotency-Key": key or secrets.token_hex(8),
                "X-File-Name": name,
                "Content-Type": "application/octet-stream",
            },
        )

    @staticmethod
    def _well(answer: TestResponse, status: int = 200) -> Any:
        assert answer.status_code == status, (
            f"{answer.request.path} {answer.status_code} {answer.get_data(as_text=True)}"
        )
        return answer.get_json()


@dataclass
class Api:
    """The API of a house with the cast."""

    house: bootstrap.House
    app: Flask
    office: cast.Office
    secrets: dict[str, str]
    ids: dict[str, int]

    def program(self, who: str | None = None) -> Program:
        """A program of one of the cast."""
        return Program(self.app.test_client(), self.secrets[who] if who else None)

    def ten_seconds_later(self) -> None:
        """Everybody is told of what was done so far."""
        with self.house.transaction() as session:
            letters.ten_seconds_later(session)


@pytest.fixture
def api(database: Any, committed: Any, tmp_path: Any) -> Iterator[Api]:
    """Everybody has a token."""
    settings = Settings(data_dir=tmp_path, secure_cookies=False, public_url="http://kvemo.example")
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    house = bootstrap.House(settings, urls, database.engine, database.sessions, FolderStore(settings.contents_dir))
    with transaction(committed) as session:
        office = cast.office(session)
        made, ids = {}, {}
        for name in PEOPLE:
            person = getattr(office, name)
            foreign = person.official.organisation_id == office.neighbour.organisation_id
            giver = office.foreign_administrator if foreign else office.administrator
            _, made[name] = create_token(session, giver.actor(stepped_up=True), person.official, label="test")
            ids[name] = person.official_id
    yield Api(house, app_of(house), office, made, ids)
