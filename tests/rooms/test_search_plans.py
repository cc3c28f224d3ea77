"""A word that every letter has costs what a seldom one costs: the newest letters are read, not the archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from edms import clock
from edms.db.engine import Sessions, engine_for
from edms.language import loosened, query_terms
from edms.search.port import Asked, Filters, Order, Weight
from edms.search.postgres import PostgresIndex
from edms.search.postgres_newest import Newest
from edms.search.projection import Passage, placed
from edms.search.vector import vector
from tests.conftest import Database
from tests.plans import blocks, plans, walked

LETTERS = 60_000
MAKE = text("""
INSERT INTO search_entry (document_id, organisation_id, register_id, unit_id, correspondent_id, state, language, year, serial,
  registered_at, registered_on, facts, readers, lexemes, whole, stamp)
SELECT g, 1, 1, 1, g % 9000, CASE WHEN g % 3000 = 0 THEN 'submitted' ELSE 'filed' END, 'en', 2026, g,
  CAST(:now AS timestamptz) - (:n - g) * interval '9 minutes', date '2026-01-01', ARRAY['kind:incoming', 'grade:open'],
  ARRAY['org:1:open', 'unit:1', 'official:1', 'official:2'],
  CASE WHEN g % 3000 = 0 THEN CAST(:rare AS tsvector) ELSE CAST(:common AS tsvector) END, true, md5(g::text)
FROM generate_series(1, :n) g
""")


def test_a_frequent_word_reads_the_newest_letters_and_finds_what_all_would_give(
    database: Database, committed: Sessions
) -> None:
    words = {"common": "repair of the road", "rare": "repair of the pavilion road"}
    lexemes = {name: vector(placed([Passage(said, Weight.SUBJECT)]))[0] for name, said in words.items()}
    with engine_for(database.owner_url, poolclass=NullPool).connect() as connection:
        connection.execute(MAKE, {"n": LETTERS, "now": clock.now(), **lexemes})
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE search_entry")
    with committed() as session:
        _asked(session)


def test_a_word_of_many_readings_is_looked_up_and_not_sought_in_every_letter_one_may_read(
    database: Database, committed: Sessions
) -> None:
    letters, filling = 15_000, " " + " ".join(f"word{n}" for n in range(60))  # so many words lie out of line
    words = {"common": "repair of the road", "rare": "metering of water"}
    lexemes = {name: vector(placed([Passage(said + filling, Weight.SUBJECT)]))[0] for name, said in words.items()}
    with engine_for(database.owner_url, poolclass=NullPool).connect() as connection:
        often = text(str(MAKE).replace("3000", "30"))
        connection.execute(often, {"n": letters, "now": clock.now(), **lexemes})
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE search_entry")
    with committed() as session:
        for typed in ("water", "water metering"):
            assert len(found(session, of(typed))) == letters // 30
            assert read(session, of(typed)) < letters / 10, typed  # each letter that is looked into costs two or three
        # Hundreds of words like those typed, of which these letters have one each.
        for order in Order:
            slips = of("watter meterng", order=order)
            looser = loosened(slips.query)
            assert looser is not None
            nearly = replace(slips, query=looser)
            assert len(found(session, nearly)) == letters // 30
            assert read(session, nearly) < letters, order


def _asked(session: Session) -> None:
    lines = session.scalar(text("SELECT pg_relation_size('search_entry') / 8192"))
    assert lines is not None

    newest = [*range(LETTERS, 0, -1)]
    for order in Order:
        asked = of("repair", order=order, limit=50)
        assert set(found(session, asked)) == set(newest[:50])
        assert read(session, asked) < lines / 2, order
    # Frequent, and few have it that are open: neither all that have the word nor all that are open elsewhere are read.
    open_ones = Filters({"state": frozenset({"submitted"})})
    assert found(session, of("repair", filters=open_ones)) == [n for n in newest if n % 3000 == 0]
    assert read(session, of("repair", filters=open_ones)) < lines / 2
    sent = Filters({"correspondent_id": frozenset({77})})
    assert found(session, of("repair", filters=sent)) == [n for n in newest if n % 9000 == 77]
    assert read(session, of("repair", filters=sent)) < lines / 2
    # Seldom: sought further back, and none is missing.
    assert found(session, of("pavilion")) == [n for n in newest if n % 3000 == 0]
    assert read(session, of("pavilion")) < lines / 2
    # A later page begins where the last ended, wherever the newest letters end.
    page = of("repair", limit=1000)
    for nth in range(0, 30_000, 10_000):
        at = session.execute(
            text("SELECT registered_at, document_id FROM search_entry WHERE document_id = :id"), {"id": newest[nth]}
        ).one()
        deep = replace(page, before=(at[0], at[1]))
        assert found(session, deep) == newest[nth + 1 : nth + 1001]
        assert read(session, deep) < lines / 2
    # Where the newest begin is looked up once, for the first page and for the later ones.
    newest_ones, beginning = Newest(), replace(page, before=None)
    since = newest_ones.begin(session, beginning)
    assert since is not None
    assert plans(session, lambda: newest_ones.begin(session, beginning)) == []
    further = newest_ones.begin(session, deep)
    assert plans(session, lambda: newest_ones.begin(session, deep)) == []
    assert further is not None and deep.before is not None
    assert abs((deep.before[0] - further) - (clock.now() - since)) < timedelta(minutes=1)


def of(words: str, *, filters: Filters = Filters(), order: Order = Order.NEWEST, limit: int = 1000) -> Asked:
    return Asked(query_terms(words), frozenset({"org:1:open"}), frozenset({1}), filters, order, limit=limit)


def found(session: Session, asked: Asked) -> list[int]:
    return list(PostgresIndex(session).propose(asked).document_ids)


def read(session: Session, asked: Asked) -> int:
    made = plans(session, lambda: PostgresIndex(session).propose(asked))
    assert not {table for plan in made for table in walked(plan)}
    return blocks(made)
