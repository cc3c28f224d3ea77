"""The crowd of the benchmarks is put in by SQL: it must be what the tables, the index, the sums and the ledger know today."""

from __future__ import annotations

import importlib
from datetime import date

from sqlalchemy import func, select

from benchmarks import __main__ as bench
from benchmarks import crowd
from benchmarks.stage import Stage
from edms import bootstrap, ledger
from edms.config import Settings
from edms.db.engine import Urls
from edms.demo.town import found
from edms.registry.models import Document
from edms.reports import sums
from edms.search import indexing
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.storage.memory import MemoryStore
from tests.desks import desk_of

LETTERS = 1_700  # of every state that the crowd has


def test_every_benchmark_can_be_loaded() -> None:
    for name in bench.names():
        assert callable(importlib.import_module(f"benchmarks.{name}").run), name


def test_a_small_crowd_is_a_town_as_the_service_would_have_made_it(database, committed, tmp_path, monkeypatch):
    monkeypatch.setattr(crowd, "VARIANTS", 8)
    urls = Urls(database.app_url, database.owner_url)
    house = bootstrap.House(Settings(data_dir=tmp_path), urls, database.engine, committed, MemoryStore())
    with house.transaction() as session:
        town = found(session, years=(2026,))
    crowd.fill(Stage(house, town), LETTERS)
    with house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == LETTERS
        index, after = house.search.index(session), 0
        while after is not None:
            compared = indexing.reconcile(session, index, after=after, limit=500, mend=False)
            assert (compared.differing, compared.gone) == ((), ())
            after = compared.after
        here = town.kvemo.organisation_id
        assert sums.differences(session, here, date(2000, 1, 1), date(2100, 1, 1)) == []
        mayor = actor_for(session, session.get_one(Official, town.people["davit"].official_id))
        desk = desk_of(session, mayor)
        assert desk.to_resolve and desk.to_judge
        assert ledger.size(session) >= LETTERS
