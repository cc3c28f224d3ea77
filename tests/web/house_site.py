"""The application around the cast of Kvemo, for the tests of the place "House" and of one's own account."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edms import bootstrap
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.storage.folder import FolderStore
from tests.applications import app_of
from tests.cast import Office, office
from tests.web.entry import PASSWORD, credential, enter

__all__ = ["PASSWORD", "Site", "house_site"]

CAST = (
    "registrar", "mayor", "unit_head", "executor", "archivist", "auditor", "administrator", "stranger", "foreigner",
    "foreign_administrator",
)  # fmt: skip


class Site:
    """The application with the cast."""

    def __init__(self, house: bootstrap.House, app: Any, sessions: Any) -> None:
        self.house, self.app, self.sessions = house, app, sessions
        self.ids: dict[str, int] = {}

    def client(self, login: str | None = None, *, stepped_up: bool = False) -> Any:
        client = self.app.test_client()
        if login:
            enter(self.house, client, login, stepped_up=stepped_up)
        return client

    def post(self, client: Any, address: str, values: dict[str, Any], page: str | None = None) -> Any:
        """Send a form; its token is that of `page`, the page it stands on."""
        html = client.get(page or address, follow_redirects=True).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', html)
        return client.post(address, data={"csrf_token": token[1] if token else "", **values})

    def transaction(self) -> Any:
        """What others wrote, or something to prepare."""
        return transaction(self.sessions)


@pytest.fixture(name="site")
def house_site(database: Any, committed: Any, tmp_path: Any) -> Site:
    """Kvemo's office on the web; `site.ids` are the ids of its people, units and registers by their names in the cast."""
    settings = Settings(data_dir=tmp_path, secure_cookies=False, public_url="http://kvemo.example")
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    house = bootstrap.House(settings, urls, database.engine, database.sessions, FolderStore(settings.contents_dir))
    made = Site(house, app_of(house), committed)
    with transaction(committed) as session:
        cast = office(session)
        for name in CAST:
            person = getattr(cast, name)
            session.add(credential(person.official_id))
        made.ids = _ids(cast)
    return made


def _ids(cast: Office) -> dict[str, int]:
    ids: dict[str, int] = {}
    for name, thing in vars(cast).items():
        row = getattr(thing, "official", thing)
        for key in ("official_id", "unit_id", "register_id", "organisation_id"):
            if key == f"{type(row).__name__.lower()}_id":
                ids[name] = getattr(row, key)
    return ids
