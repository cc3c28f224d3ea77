"""A pile that is larger than what a signing service takes at once: lot by lot, nothing locked meanwhile, killed anywhere."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import Sessions, Urls, sessions_of
from edms.errors import EdmsError, Invalid, RuleBroken, Unavailable
from edms.jobs import Kind
from edms.jobs.carrying import carried
from edms.registry import contents
from edms.signing import container, embedding, lots, preparing, requests, turns
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.remote import Remote
from edms.staff.models import Attempt
from edms.storage.folder import FolderStore
from tests import cast, signers
from tests import signatures as s
from tests.conftest import Database

KEYS = Keys(b"k" * 32)
SIGNED, PREPARED = SignatureState.SIGNED, SignatureState.PREPARED


@dataclass
class Desk:
    """The mayor before her pile."""

    house: House
    office: cast.Office
    mayor: Actor

    def pile(self, many: int, *, draft_ref: int | None = None, room: int = container.ROOM) -> list[int]:
        """So many pages prepared for her PIN, with that many bytes for each signature."""
        made = []
        for _ in range(many):
            with self.house.transaction() as session:
                stored = self.house.store.put(io.BytesIO(s.page()), limit=1 << 30)
                page = contents.enter(
                    session, Actor.system(self.office.organisation.organisation_id), name="1.pdf", stored=stored,
                    organisation_id=self.office.organisation.organisation_id,
                )  # fmt: skip
                session.flush()
                asked = requests.ask(
                    session, self.mayor, signer_id=self.office.mayor.official_id, shown=page,
                    shown_sha256=page.sha256, name="დავით მაისურაძე", draft_ref=draft_ref, room=room,
                )  # fmt: skip
                self.prepare(session, asked.signature_request_id)
                made.append(asked.signature_request_id)
        return made

    def prepare(self, session: Session, ident: int) -> None:
        """What the worker does before the PIN."""
        work = preparing.to_prepare(session, ident)
        assert work is not None
        preparing.prepared(session, ident, preparing.prepare(work, store=self.house.store, drawn=[]))

    def sign(
        self, ids: list[int], remote: Remote, *, pin: str = signers.PIN, house: House | None = None,
        guard: lots.Guard | None = None,
    ) -> list[str | None]:  # fmt: skip
        """She types her PIN; each result, in the order of the pile."""
        house = house or self.house
        with house.transaction() as session:
            shown = {ident: session.get_one(SignatureRequest, ident).shown_sha256 for ident in ids}
        made = lots.sign(
            house.transaction, self.mayor, ids, shown=shown, pin=pin, signer=remote, store=house.store, keys=KEYS,
            guard=guard,
        )  # fmt: skip
        told = {each.request_id: each.error.message if each.error else None for each in made}
        return [told[ident] for ident in ids]

    def rows(self, ids: list[int]) -> list[SignatureRequest]:
        """As they stand."""
        with self.house.transaction() as session:
            return [session.get_one(SignatureRequest, ident) for ident in ids]

    def states(self, ids: list[int]) -> list[SignatureState]:
        """Where they stand."""
        return [row.state for row in self.rows(ids)]

    def counted(self) -> int:
        """Her tries that count as mistakes."""
        with self.house.transaction() as session:
            return len(session.scalars(select(Attempt).where(Attempt.kind == "pin:official")).all())

    def embedding(self, ids: list[int]) -> set[int]:
        """Which of them a job goes on with."""
        with self.house.transaction() as session:
            return set(carried(session, Kind.EMBED_SIGNATURE, ids))


@pytest.fixture
def desk(database: Database, committed: Sessions, tmp_path: Path) -> Desk:
    signers.authority()
    store = FolderStore(tmp_path / "store")
    urls = Urls(database.app_url, database.owner_url)
    house = House(Settings(data_dir=tmp_path), urls, database.engine, committed, store)
    with house.transaction() as session:
        office = cast.office(session)
        return Desk(house, office, office.mayor.actor(stepped_up=True))


@pytest.fixture
def service() -> Iterator[tuple[signers.OwnService, Remote]]:
    with signers.own_service("v2", seconds=5) as (played, listed):
        played.most = 2
        yield played, Remote(listed, "demo/mayor", signers.owner("mayor"))


def authorised(played: signers.OwnService) -> list[list[str]]:
    return [told["hashes"] for what, told in played.heard if what == "credentials/authorize"]


def test_three_lots_of_the_real_service_and_one_that_was_signed_meanwhile(desk: Desk) -> None:
    with signers.dummy_service() as listed:
        ids = desk.pile(30)
        told = desk.sign(ids, Remote(listed, "demo/mayor", signers.owner("mayor")))
    assert told == [None] * 30 and set(desk.states(ids)) == {SIGNED}
    assert desk.embedding(ids) == set(ids) and len({row.signature for row in desk.rows(ids)}) == 30


def test_no_transaction_is_open_while_the_service_works_and_each_lot_has_its_own_authorisation(desk, service) -> None:
    played, remote = service
    ids, seen = desk.pile(6), []

    def meanwhile(what: str) -> None:
        with desk.house.transaction() as session:
            open_ = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
            seen.append((what, session.scalar(text(open_)), desk.states(ids).count(SIGNED)))
            session.execute(select(SignatureRequest).with_for_update(nowait=True)).all()

    played.meanwhile = meanwhile
    assert desk.sign(ids, remote) == [None] * 6
    assert {held for _, held, _ in seen} == {0}
    lot = ["credentials/info", "credentials/authorize", "signatures/signHash"]
    assert [(what, done) for what, _, done in seen] == [(what, done) for done in (0, 2, 4) for what in lot]
    named = authorised(played)
    assert [len(each) for each in named] == [2, 2, 2] and len({one for each in named for one in each}) == 6
    assert [told["hashes"] for what, told in played.heard if what == "signatures/signHash"] == named
    assert desk.counted() == 0


def test_a_wrong_pin_stops_before_the_second_lot_and_counts_once(desk, service) -> None:
    played, remote = service
    ids, during = desk.pile(6), []
    played.meanwhile = lambda what: during.append(desk.counted())
    with pytest.raises(Invalid):
        desk.sign(ids, remote, pin="0000")
    assert len(authorised(played)) == 1 and set(during) == {1}  # counted before the service hears of it
    assert desk.counted() == 1 and set(desk.states(ids)) == {PREPARED}
    played.meanwhile = lambda what: None
    assert desk.sign(ids, remote) == [None] * 6 and desk.counted() == 0  # nothing holds them


def test_what_may_not_be_signed_any_more_takes_no_signature_also_when_that_comes_while_it_is_at_the_key(
    desk, service
) -> None:
    played, remote = service
    before, meanwhile, fine = ids = desk.pile(3)
    stopped = [before]
    played.meanwhile = lambda what: stopped.append(meanwhile) if what == "signatures/signHash" else None

    def guard(session: Session, requests: Sequence[SignatureRequest]) -> dict[int, EdmsError]:
        asked = {each.signature_request_id for each in requests}
        return {ident: RuleBroken("drafting.mark_raised") for ident in stopped if ident in asked}

    assert desk.sign(ids, remote, guard=guard) == ["drafting.mark_raised"] * 2 + [None]
    assert desk.states(ids) == [PREPARED, PREPARED, SIGNED] and desk.embedding(ids) == {fine}
    assert [row.at_key for row in desk.rows(ids)] == [False] * 3


def test_nothing_to_sign_says_nothing_about_a_pin(desk, service) -> None:
    _, remote = service
    ids = desk.pile(1)
    with pytest.raises(Invalid):
        desk.sign(ids, remote, pin="0000")
    assert desk.sign(ids, remote) == [None]
    with pytest.raises(Invalid):
        desk.sign(desk.pile(1), remote, pin="0000")
    assert desk.sign(ids, remote, pin="0000") == ["signing.not_prepared"] and desk.counted() == 1


@pytest.mark.parametrize(
    ("fault", "at", "reason"),
    [
        ("revoked", "credentials/info", "signing.service_certificate_revoked"),
        ("silent", "signatures/signHash", "signing.service_silent"),
    ],
)
def test_lost_before_the_second_lot_the_first_stands_and_the_rest_says_why(desk, service, fault, at, reason) -> None:
    played, remote = service
    ids = desk.pile(6)
    played.fault, played.fault_at, played.after = fault, at, 1
    assert desk.sign(ids, remote) == [None] * 2 + [reason] * 4
    rows = desk.rows(ids)
    assert [row.state for row in rows] == [SIGNED] * 2 + [PREPARED] * 4 and desk.counted() == 0
    assert [row.trouble for row in rows] == [None] * 2 + [reason] * 4 and not any(row.at_key for row in rows)
    assert desk.embedding(ids) == set(ids[:2])
    played.fault = ""
    assert desk.sign(ids[2:], remote) == [None] * 4 and not any(row.trouble for row in desk.rows(ids))


def test_where_no_lot_was_made_nothing_is_signed_and_the_try_is_taken_back(desk, service) -> None:
    played, remote = service
    ids = desk.pile(3)
    played.fault = "silent"
    with pytest.raises(Unavailable):
        desk.sign(ids, remote)
    assert desk.counted() == 0 and set(desk.states(ids)) == {PREPARED} and not any(r.at_key for r in desk.rows(ids))


def test_a_slow_key_lets_the_rest_wait_for_another_pin(desk, service, monkeypatch) -> None:
    monkeypatch.setattr(lots, "PATIENCE", -1.0)
    ids = desk.pile(4)
    assert desk.sign(ids, service[1]) == [None] * 2 + ["signing.rest_waits"] * 2


def test_what_is_at_the_key_is_neither_signed_twice_nor_refused_and_what_changed_takes_nothing(desk, service) -> None:
    played, remote = service
    (mine,), (gone,) = desk.pile(1, draft_ref=7), desk.pile(1)
    told: list[Any] = []

    def meanwhile(what: str) -> None:
        if what != "credentials/authorize" or told:
            return
        told.append(desk.sign([mine], remote))
        with desk.house.transaction() as session:
            with pytest.raises(RuleBroken) as refusal:
                turns.require_turn(turns.of_paper(session, 7))
            told.append(refusal.value.message)
            turns.prepare_again(session.get_one(SignatureRequest, gone))

    played.meanwhile = meanwhile
    assert desk.sign([mine, gone], remote) == [None, "signing.prepared_anew"]
    assert told == [["signing.at_key"], "signing.another_signs"]
    assert desk.states([mine, gone]) == [SIGNED, SignatureState.ASKED]
    assert desk.rows([gone])[0].signature is None


def test_a_signature_larger_than_its_place_is_prepared_anew_with_room_enough(desk: Desk, service) -> None:
    (small,), (usual,) = desk.pile(1, room=256), desk.pile(1)
    assert desk.sign([small, usual], service[1]) == ["signing.prepared_anew", None]
    (row,) = desk.rows([small])
    assert (row.state, row.signature) == (SignatureState.ASKED, None) and row.room > 256
    with desk.house.transaction() as session:
        desk.prepare(session, small)
    assert desk.sign([small], service[1]) == [None]
    with desk.house.transaction() as session:
        work = embedding.to_embed(session, small)
        assert work is not None
        embedding.embedded(session, small, embedding.embed(work, store=desk.house.store))
    assert desk.states([small]) == [SignatureState.EMBEDDED]


def test_killed_before_any_of_its_transactions_ends_it_goes_on(desk, service, database: Database) -> None:
    played, remote = service
    kept = {1: 0, 2: 0, 3: 0, 4: 2, 5: 4, 6: 6}  # planned, read, three lots, let go: signed when it dies before the end
    for nth, done in kept.items():
        played.pinned.clear()
        ids = desk.pile(6)
        _killed(desk, database, nth, lambda house, ids=ids: desk.sign(ids, remote, house=house))
        states = desk.states(ids)
        assert states == [SIGNED] * done + [PREPARED] * (6 - done), nth
        assert desk.embedding(ids) == set(ids[:done]) and desk.counted() == (nth > 1)
        heard, left = len(authorised(played)), ids[done:]
        if nth > 1 and left:  # the dead act holds them for a while, and says so
            assert desk.sign(left, remote) == ["signing.at_key"] * len(left) and len(authorised(played)) == heard
        with clock.at(clock.now() + lots.LEASE):
            assert desk.sign(left, remote) == [None] * len(left)
        assert set(desk.states(ids)) == {SIGNED}
        with desk.house.transaction() as session:
            session.execute(text("DELETE FROM attempt"))


def _killed(desk: Desk, database: Database, nth: int, act: Callable[[House], object]) -> None:
    """Do it in a process that dies at the end of its nth transaction."""
    child = os.fork()
    if child == 0:
        engine = create_engine(database.app_url)
        dying, begun = replace(desk.house, engine=engine, sessions=sessions_of(engine)), [0]
        real = dying.transaction

        @contextmanager
        def transaction() -> Iterator[Session]:
            with real() as session:
                yield session
                begun[0] += 1
                if begun[0] == nth + 1:  # the first reads what is on her screen
                    os.kill(os.getpid(), signal.SIGKILL)

        dying.__dict__["transaction"] = transaction
        try:
            act(dying)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
