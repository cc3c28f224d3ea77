"""faults.md F5, F6, T14 and T15 on real Elasticsearch: away, slow, wiped, half lost, full, refusing one letter.

In each: letters are registered and opened as ever, search says that it is limited and answers by number, and what was
missed is in the index again without anybody's doing, or the health page names the way.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import select, update

from edms import bootstrap, clock, health
from edms.access import keys
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.cli import main
from edms.cli import searching as commands
from edms.config import Settings
from edms.db.engine import Urls
from edms.errors import RuleBroken, Unavailable
from edms.jobs import parked
from edms.registry.card import Card
from edms.registry.documents import document_of
from edms.registry.models import Document, Register
from edms.registry.registration import register
from edms.registry.words import Channel, RegisterKind
from edms.search import breaker, finding, indexing
from edms.search.elastic_engine import ElasticEngine
from edms.search.port import Order
from edms.staff.tokens import create_token
from edms.storage.memory import MemoryStore
from tests.applications import app_of
from tests.cast import Office, office
from tests.letters import letter
from tests.services.elastic_nodes import MAKES, Node, Nodes
from tests.services.faulty_line import Line
from tests.services.key_gate import gate
from workers import indexing as work
from workers.__main__ import HANDLERS
from workers.runtime import run_worker

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]


@pytest.fixture(params=MAKES)
def node(request: pytest.FixtureRequest, nodes: Nodes) -> Iterator[Node]:
    found = nodes.of(request.param)
    if found.started is None:
        found.start()
    yield found
    found.thaw()


@dataclass
class Town:
    """A house on the node, its people, and seven letters of which the index knows."""

    house: House
    node: Node
    office: Office
    letters: list[int]
    environ: dict[str, str]

    @property
    def engine(self) -> ElasticEngine:
        assert isinstance(self.house.search, ElasticEngine)
        return self.house.search

    def found(self, text: str, who: Actor | None = None, **options: Any) -> finding.Found:
        with self.house.transaction() as session:
            actor = who or self.office.registrar.actor()
            return finding.find(session, actor, text, index=self.engine.index(session), **options)

    def ids(self, text: str, **options: Any) -> list[int]:
        found = self.found(text, **options)
        assert not found.limited
        return sorted(hit.document.document_id for hit in found.hits)

    def register(self, summary: str) -> int:
        """A letter comes and is opened, however search is."""
        with self.house.transaction() as session:
            made = letter(session, self.office, summary=summary)
            self.letters.append(made.document_id)
        with self.house.transaction() as session:
            assert document_of(session, self.office.registrar.actor(), made.document_id).number == made.number
        return made.document_id

    def work(self, seconds: float = 60) -> None:
        """A worker until every waiting index job is done, as it is left running in a house."""
        end = time.monotonic() + seconds
        while self.waiting() and time.monotonic() < end:
            run_worker(self.house.urls, HANDLERS, house=self.house, until_empty=True)
            time.sleep(0.3)
        assert self.waiting() == 0

    def try_once(self) -> None:
        """A worker finds the engine in trouble."""
        run_worker(self.house.urls, HANDLERS, house=self.house, until_empty=True)

    def waiting(self) -> int:
        with self.house.transaction() as session:
            sql = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'index' AND status IN ('todo', 'doing')"
            return int(session.connection().exec_driver_sql(sql).scalar_one())

    def run(self, *words: str) -> Any:
        return CliRunner(env=self.environ).invoke(main, words)

    def health(self) -> tuple[str, str]:
        said = health.work.search(self.house)
        return said.state.value, said.message

    def equal(self) -> bool:
        answer = self.run("reconcile", "--check", "--json")
        return answer.exit_code == 0 and json.loads(answer.stdout.splitlines()[-1])["equal"]


@pytest.fixture
def town(node: Node, database: Any, committed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 1.0)
    engine = node.engine()
    engine.breaker = breaker.Breaker(1.0)
    settings = Settings(data_dir=tmp_path, secure_cookies=False)
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    house = House(settings, urls, database.engine, committed, MemoryStore(), engine)
    environ = {
        "EDMS_DATA_DIR": str(tmp_path), "EDMS_DATABASE_URL": database.app_url, "EDMS_DATABASE_OWNER_URL": database.owner_url,
        "EDMS_SEARCH": "elastic", "EDMS_ELASTIC_URL": node.url, "EDMS_ELASTIC_INDEX": engine.cluster.name,
    }  # fmt: skip
    if node.make.secure:
        secret = tmp_path / "secret"
        secret.write_text(node.secret + "\n")
        environ |= {"EDMS_ELASTIC_USER": str(engine.cluster.user), "EDMS_ELASTIC_PASSWORD_FILE": str(secret), "EDMS_ELASTIC_CA_FILE": str(node.ca_file)}  # fmt: skip
    own = committed()  # what the people are read from, until the end
    people = office(own)
    letters = [letter(own, people, summary=f"განცხადება {n}").document_id for n in range(7)]
    own.commit()
    work.tend(house, None)
    made = Town(house, node, people, letters, environ)
    made.work()
    engine.index(None).settle()  # type: ignore[arg-type]
    assert made.ids("განცხადება") == letters
    yield made
    own.close()
    node.thaw()
    if node.started is None:
        node.start()
    engine.breaker.answered()
    engine.drop_all()


def test_f5_engine_that_is_away_limits_search_only_and_its_backlog_drains_by_itself(town: Town) -> None:
    assert town.health() == ("fine", "search.fine_elastic")
    town.node.stop()
    missed = [town.register(f"განცხადება მაშინ {n}") for n in range(3)]
    with town.house.transaction() as session:
        number = session.get_one(Document, missed[0]).number
    found = town.found(number)
    assert found.limited
    assert [hit.document.document_id for hit in found.hits] == [missed[0]]
    assert town.found("განცხადება").limited
    assert town.found(number, town.office.stranger.actor()).hits == ()
    town.try_once()
    assert town.waiting() == 3
    assert town.health() == ("weak", "search.no_answer")
    town.node.start()
    town.work()
    town.engine.index(None).settle()  # type: ignore[arg-type]
    assert town.ids("განცხადება") == town.letters
    assert town.equal()


def test_f6_slow_engine_is_given_up_within_two_seconds_and_then_left_alone(town: Town) -> None:
    town.engine.breaker = breaker.Breaker(5.0)
    town.house.search = town.engine
    del town.engine.__dict__["_index"]
    town.node.freeze()
    began = time.monotonic()
    assert town.found("განცხადება").limited
    assert time.monotonic() - began < 3
    began = time.monotonic()
    for _ in range(20):
        assert town.found("განცხადება").limited
    assert time.monotonic() - began < 2, "nobody waits for it in turn"
    began = time.monotonic()
    town.register("განცხადება ნელა")
    assert time.monotonic() - began < 1
    town.node.thaw()
    end = time.monotonic() + 20
    while town.found("განცხადება").limited and time.monotonic() < end:
        time.sleep(0.5)
    town.work()
    town.engine.index(None).settle()  # type: ignore[arg-type]
    assert town.ids("განცხადება") == town.letters


def test_f6_engine_that_answers_after_five_seconds_is_bounded_too(town: Town) -> None:
    line = Line(town.node.port)
    try:
        # The line passes TLS on as it is: the certificate is still the node's.
        address = line.endpoint.replace("http:", "https:") if town.node.make.secure else line.endpoint
        slow = ElasticEngine(replace(town.engine.cluster, urls=(address,)))
        line.wait = 5
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            slow.index(None).propose(_everything())  # type: ignore[arg-type]
        assert caught.value.message == "search.no_answer"
        assert time.monotonic() - began < 3
    finally:
        line.close()


def test_both_versions_are_fit_by_their_own_word(town: Town) -> None:
    town.engine.require_fit()


def test_f5_wiped_engine_is_noticed_and_its_index_built_again_by_the_round(town: Town) -> None:
    town.node.wipe()
    town.engine.breaker.answered()
    found = town.found("განცხადება")
    assert found.limited, "an empty index is never taken for an empty register"
    assert town.health() == ("weak", "search.being_built")
    town.register("განცხადება წაშლის შემდეგ")
    town.try_once()
    assert town.waiting() == 1, "nothing is written into an index that is not there"
    assert list(town.engine._ours()) == []
    work.tend(town.house, None)
    assert town.ids("განცხადება") == town.letters
    town.work()
    assert town.equal()
    assert town.health() == ("fine", "search.fine_elastic")


def test_index_somebody_deleted_does_not_come_back_empty_and_without_fields(town: Town) -> None:
    town.node.engine(town.engine.cluster.name).drop_all()
    assert town.found("განცხადება").limited
    town.register("განცხადება ამ დროს")
    town.try_once()
    assert list(town.engine._ours()) == []
    work.tend(town.house, None)
    town.work()
    town.engine.index(None).settle()  # type: ignore[arg-type]
    assert town.ids("განცხადება") == town.letters


def test_entries_lost_behind_our_back_are_said_and_mended(town: Town) -> None:
    town.engine.index(None).drop(town.letters[:2])  # type: ignore[arg-type]
    town.engine.index(None).settle()  # type: ignore[arg-type]
    with town.house.transaction() as session:
        session.execute(update(Document).values(registered_at=clock.now() - indexing.SETTLED_AFTER * 2))
    said = health.work.search(town.house)
    assert (said.message, said.values["n"]) == ("search.index_differs", 7)
    answer = town.run("reconcile", "--json")
    assert answer.exit_code == 0, answer.output
    assert set(town.letters[:2]) <= set(json.loads(answer.stdout.splitlines()[-1])["differing"])
    town.engine.index(None).settle()  # type: ignore[arg-type]
    assert town.ids("განცხადება") == town.letters


def test_a_letter_the_engine_refuses_blocks_no_other_and_is_shown_to_a_person(town: Town) -> None:
    bad = town.letters[3]
    with town.house.transaction() as session:
        session.execute(update(Document).where(Document.document_id == bad).values(readers=["x" * 40_000]))
        document = session.get_one(Document, bad)
        index = town.engine.index(session)
        with pytest.raises(RuleBroken) as caught:
            indexing.index_document(session, index, bad)
        assert caught.value.values["reason"] == "illegal_argument_exception"
        assert indexing.index_document(session, index, town.letters[4])
        assert document.number
    answer = town.run("reindex", "--json")
    assert answer.exit_code == 4
    facts = json.loads(answer.stdout.splitlines()[-1])
    assert (facts["indexed"], facts["refused"]) == (6, {str(bad): "illegal_argument_exception"})
    assert town.ids("განცხადება") == [each for each in town.letters if each != bad]
    town.engine.drop_all()
    work.tend(town.house, None)
    town.try_once()
    with town.house.transaction() as session:
        assert [(job.subject_id, job.message) for job in parked(session)] == [(bad, "search.refused")]
    said = town.run("reconcile")
    assert said.exit_code == 4
    assert f"Refused by the search engine: {bad}" in said.stdout


def test_engine_without_room_keeps_the_letters_waiting(town: Town) -> None:
    name = town.engine.in_use()
    town.engine._changing.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})
    late = town.register("განცხადება გავსებისას")
    town.try_once()
    assert town.waiting() == 1
    assert late not in town.ids("განცხადება"), "what is there is found meanwhile"
    town.engine._changing.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})
    town.work()
    town.engine.index(None).settle()  # type: ignore[arg-type]
    assert late in town.ids("განცხადება")


def test_letters_registered_while_the_index_is_made_anew_are_found_before_and_after(town: Town) -> None:
    stop, made, misses = threading.Event(), list[int](), list[str]()

    def clerk() -> None:
        while not stop.is_set():
            with town.house.transaction() as session:
                book = session.scalars(select(Register).where(Register.kind == RegisterKind.INTERNAL)).one()
                card = Card(summary="შიდა ბარათი", channel=Channel.INTERNAL)
                actor = Actor.system(book.organisation_id)
                document = register(session, actor, book, card, idempotency_key=f"meanwhile {len(made)}")
            while True:  # as its job does, when the index was switched this very moment
                try:
                    with town.house.transaction() as session:
                        indexing.index_document(session, town.engine.index(session), document.document_id)
                    break
                except Unavailable as error:
                    assert error.message == "search.index_gone"
            made.append(document.document_id)
            found = town.found("განცხადება")
            if found.limited or found.count != 7:
                misses.append(f"{found.limited} {found.count}")

    working = threading.Thread(target=clerk)
    working.start()
    try:
        names = {town.engine.in_use()}
        for command in ("reindex", "reconcile", "reindex", "reindex"):
            answer = town.run(command, "--json")
            assert answer.exit_code in (0, 4), answer.output
            names.add(town.engine.in_use())
    finally:
        stop.set()
        working.join()
    assert len(names) == 4, "each time another index"
    assert len(made) > 3
    assert misses == []
    assert town.equal()
    assert list(town.engine._ours()) == [town.engine.in_use()], "old ones are gone"


def test_reindex_that_was_interrupted_goes_on_where_it_stopped(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = town.engine.in_use()

    def fill(session: Any, index: Any, *, after: int, until: int | None) -> Any:
        if after >= town.letters[3]:
            raise click.Abort
        return indexing.fill(session, index, after=after, until=until)

    monkeypatch.setattr(indexing, "BATCH", 2)
    monkeypatch.setattr(commands, "fill", fill)
    monkeypatch.setattr(commands, "MARK_SECONDS", -1)
    assert town.run("reindex").exit_code != 0
    assert town.engine.in_use() == before
    assert town.ids("განცხადება") == town.letters, "the old one is asked until the end"
    assert town.health()[1] == "search.being_rebuilt"
    monkeypatch.undo()
    rest = json.loads(town.run("reindex", "--json").stdout.splitlines()[-1])
    assert rest["indexed"] == 3
    assert town.engine.in_use() != before
    assert town.ids("განცხადება") == town.letters
    assert town.equal()


def test_the_round_builds_in_slices_and_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.engine.drop_all()
    monkeypatch.setattr(work, "SLICE_SECONDS", -1)
    monkeypatch.setattr(indexing, "BATCH", 3)
    for rounds in range(3):
        assert town.found("განცხადება").limited, rounds
        work.tend(town.house, None)
    assert town.ids("განცხადება") == town.letters


def test_t15_reclassified_while_the_index_is_stale_no_title_is_shown(town: Town) -> None:
    with town.house.transaction() as session:
        moved = update(Document).where(Document.document_id == town.letters[0])
        session.execute(moved.values(readers=["official:999999"]))
    found = town.found("განცხადება")
    assert town.letters[0] not in [hit.document.document_id for hit in found.hits]
    assert found.count == 6
    assert sum(count for _, count in found.facets["year"]) == 6


def test_t14_stranger_gets_nothing_and_learns_nothing_by_time(town: Town) -> None:
    stranger = town.office.stranger.actor()
    times: dict[str, list[float]] = {"there": [], "not there": []}
    for nth in range(60):
        for what, text in (("there", "განცხადება"), ("not there", f"ხომალდი{nth}")):
            began = time.perf_counter()
            found = town.found(text, stranger, order=Order.BEST if nth % 2 else Order.NEWEST)
            times[what].append(time.perf_counter() - began)
            assert (found.hits, found.count, found.more_than_counted, any(found.facets.values())) == (
                (),
                0,
                False,
                False,
            )
    there, not_there = (sorted(each)[len(each) // 2] for each in times.values())
    assert abs(there - not_there) < 0.005


def test_pages_say_that_search_is_limited_and_letters_open(town: Town) -> None:
    with town.house.transaction() as session:
        _, secret = create_token(
            session, town.office.administrator.actor(stepped_up=True), town.office.registrar.official, label="test"
        )
    town.node.stop()
    client = app_of(town.house).test_client()
    signed_in = {"Authorization": f"Bearer {secret}"}
    found = client.get("/api/v1/search?q=განცხადება", headers=signed_in)
    assert (found.status_code, found.get_json()["limited"]) == (200, True)
    opened = client.get(f"/api/v1/documents/{town.letters[0]}", headers=signed_in)
    assert opened.status_code == 200
    assert client.get("/healthz").status_code == 200


def test_who_is_not_known_or_may_not_is_told_apart(nodes: Nodes, tmp_path: Path) -> None:
    node = nodes.of("elastic9")
    cluster = node.cluster()

    def said(other: Any) -> str:
        with pytest.raises(Unavailable) as caught:
            ElasticEngine(other).rebuilding()
        return caught.value.message

    assert said(replace(cluster, password=SecretStr("wrong"))) == "search.not_signed_in"
    assert said(replace(cluster, user=None, password=None)) == "search.not_signed_in"
    assert (
        said(replace(cluster, user=None, password=None, api_key=SecretStr("d3Jvbmc6d3Jvbmc=")))
        == "search.not_signed_in"
    )
    assert said(replace(cluster, ca_file=None)) == "search.not_trusted"
    assert said(replace(cluster, name="other")) == "search.not_allowed"


def test_an_api_key_is_shown_with_every_request(nodes: Nodes) -> None:
    node = nodes.of("elastic8")
    with gate(node.port, "a2V5OnNlY3JldA==") as (address, shown):
        cluster = replace(node.cluster(url=address), api_key=SecretStr("a2V5OnNlY3JldA=="))
        engine = ElasticEngine(cluster)
        engine.rebuilding().take_over()
        assert engine.index(None).propose(_everything()).document_ids == ()  # type: ignore[arg-type]
        with pytest.raises(Unavailable) as caught:
            ElasticEngine(replace(cluster, api_key=SecretStr("b3RoZXI6a2V5"))).rebuilding()
        assert caught.value.message == "search.not_signed_in"
        assert len(shown) > 5
        engine.drop_all()


def _everything() -> Any:
    return finding.Asked(finding.query_terms(""), None, None)
