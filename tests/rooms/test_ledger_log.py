"""Acts in the ledger: with their transaction or not at all, each placed once, and nothing taken back."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from edms import clock, ledger
from edms.db.engine import Sessions, transaction
from edms.errors import Corrupt, Invalid, NotFound, RuleBroken, Unavailable
from edms.ledger import tree
from edms.ledger.models import LedgerLeaf, LedgerNode, LedgerPosition, LedgerSalt
from edms.ledger.notes import read

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def act(session: Session, number: int, **more: object) -> ledger.Leaf:
    facts = {"subject": "document", "id": number, "number": f"{number}/01", **more}
    return ledger.append(session, act="document:registered", organisation_id=1, at=AT, facts=facts, document_id=number)


@pytest.fixture
def signer(tmp_path: Path) -> ledger.Signer:
    assert ledger.make_key(tmp_path / "keys" / "ledger.pem")
    return ledger.load_signer(tmp_path / "keys" / "ledger.pem")


def test_an_act_that_is_rolled_back_leaves_no_leaf(committed: Sessions) -> None:
    with pytest.raises(ZeroDivisionError), transaction(committed) as session:
        act(session, 1)
        raise ZeroDivisionError
    with transaction(committed) as session:
        assert ledger.sequence(session) == 0
        assert session.scalars(select(LedgerLeaf)).all() == []


def test_a_leaf_holds_none_of_its_facts(session: Session) -> None:
    leaf = act(session, 1, sender="ნინო ბერიძე")
    row = session.get_one(LedgerLeaf, leaf.leaf_id)
    assert row.leaf == leaf.leaf
    assert "ბერიძე".encode() not in row.leaf
    assert b"1/01" not in row.leaf
    assert session.get_one(LedgerSalt, leaf.leaf_id).facts["sender"] == "ნინო ბერიძე"


def test_the_same_facts_twice_give_unlike_leaves(session: Session) -> None:
    assert act(session, 1).leaf != act(session, 1).leaf


def test_leaves_are_placed_in_the_order_of_their_ids(session: Session) -> None:
    made = [act(session, n).leaf_id for n in range(7)]
    assert ledger.waiting(session) == 7
    assert ledger.sequence(session, limit=4) == 4
    assert ledger.sequence(session, limit=4) == 3
    assert ledger.sequence(session) == 0
    assert ledger.waiting(session) == 0
    placed = session.scalars(select(LedgerPosition.leaf_id).order_by(LedgerPosition.position)).all()
    assert list(placed) == made


def test_a_leaf_that_commits_late_gets_a_later_place(committed: Sessions) -> None:
    with committed() as late, late.begin():
        slow = act(late, 1)
        with transaction(committed) as session:
            quick = act(session, 2)
        assert quick.leaf_id > slow.leaf_id
        with transaction(committed) as session:
            assert ledger.sequence(session) == 1
    with transaction(committed) as session:
        assert ledger.sequence(session) == 1
        placed = session.scalars(select(LedgerPosition.leaf_id).order_by(LedgerPosition.position)).all()
    assert list(placed) == [quick.leaf_id, slow.leaf_id]


def test_adding_does_not_wait_for_the_sequencer(committed: Sessions) -> None:
    with transaction(committed) as session:
        act(session, 1)
    with committed() as placing, placing.begin():
        ledger.sequence(placing)
        begun = time.monotonic()
        with transaction(committed) as session:
            act(session, 2)
        assert time.monotonic() - begun < 2


def test_many_writers_and_sequencers_at_once_place_every_leaf_once(committed: Sessions) -> None:
    def write(worker: int) -> None:
        for n in range(15):
            with transaction(committed) as session:
                act(session, worker * 100 + n)

    def place() -> None:
        for _ in range(10):
            with transaction(committed) as session:
                ledger.sequence(session, limit=7)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)] + [
        threading.Thread(target=place) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(committed) as session:
        ledger.sequence(session)
        assert ledger.size(session) == 60
        hashes = session.scalars(
            select(LedgerLeaf.leaf_hash)
            .join(LedgerPosition, LedgerPosition.leaf_id == LedgerLeaf.leaf_id)
            .order_by(LedgerPosition.position)
        ).all()
        made, frontier = tree.grow(0, [], hashes)
        stored = session.execute(select(LedgerNode.level, LedgerNode.index, LedgerNode.hash)).all()
        assert {(a, b): c for a, b, c in stored} == {(a, b): c for a, b, c in made}
        assert tree.fold(frontier) == tree.root({(a, b): c for a, b, c in stored}, 60)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET leaf = 'x'",
        "DELETE FROM ledger_leaf",
        "UPDATE ledger_position SET position = position + 1",
        "DELETE FROM ledger_position",
        "UPDATE ledger_node SET hash = 'x'",
        "DELETE FROM ledger_node",
        "UPDATE ledger_checkpoint SET size = 0",
        "DELETE FROM ledger_checkpoint",
        "TRUNCATE ledger_leaf CASCADE",
    ],
)
def test_the_application_can_neither_change_nor_remove(session: Session, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused, session.begin_nested():
        session.execute(text(statement))
    assert getattr(refused.value.orig, "sqlstate", None) == "42501"


def test_every_leaf_is_proved_in_every_tree_to_33(session: Session) -> None:
    made = [act(session, n) for n in range(33)]
    while ledger.sequence(session, limit=5):
        pass
    hashes = [leaf.leaf_hash for leaf in made]
    for size in range(1, 34):
        _, frontier = tree.grow(0, [], hashes[:size])
        root = tree.fold(frontier)
        for proof in ledger.inclusions(session, [leaf.leaf_id for leaf in made[:size]], size):
            assert proof.holds(root)
            assert proof.size == size
        for old in range(size + 1):
            _, earlier = tree.grow(0, [], hashes[:old])
            assert tree.extends(old, size, ledger.consistency(session, old, size), tree.fold(earlier), root)


def test_what_cannot_be_proved_is_said(session: Session) -> None:
    leaf = act(session, 1)
    with pytest.raises(NotFound):
        ledger.inclusion(session, leaf.leaf_id + 1)
    with pytest.raises(Unavailable):
        ledger.inclusion(session, leaf.leaf_id)
    ledger.sequence(session)
    assert ledger.inclusion(session, leaf.leaf_id).hashes == ()
    with pytest.raises(Invalid):
        ledger.consistency(session, 1, 2)


def test_a_hundred_proofs_take_one_query(session: Session) -> None:
    made = [act(session, n).leaf_id for n in range(1200)]
    ledger.sequence(session)
    ledger.inclusions(session, made[:100])
    took = []
    for begin in range(0, 1000, 100):
        begun = time.perf_counter()
        ledger.inclusion(session, made[begin])
        took.append(time.perf_counter() - begun)
    assert sorted(took)[len(took) // 2] < 0.05


# ---- Checkpoints -----------------------------------------------------------------------------------------------------


def test_a_checkpoint_says_what_the_tree_is_and_is_signed(session: Session, signer: ledger.Signer) -> None:
    made = [act(session, n) for n in range(5)]
    ledger.sequence(session)
    with clock.at(AT):
        seal = ledger.checkpoint(session, signer)
    _, frontier = tree.grow(0, [], [leaf.leaf_hash for leaf in made])
    assert (seal.size, seal.statement.root, seal.at) == (5, tree.fold(frontier), AT)
    assert read(seal.note(), signer.verifier) == seal.statement
    assert ledger.latest(session) == seal
    assert seal.note().startswith(f"{signer.origin}\n5\n")


def test_the_empty_ledger_can_be_signed(session: Session, signer: ledger.Signer) -> None:
    assert ledger.checkpoint(session, signer).statement.root == tree.EMPTY_ROOT


def test_an_unchanged_tree_is_signed_again_after_an_hour_only(session: Session, signer: ledger.Signer) -> None:
    with clock.at(AT):
        first = ledger.checkpoint(session, signer)
    with clock.at(AT + timedelta(minutes=59)):
        assert ledger.checkpoint(session, signer) == first
    with clock.at(AT + timedelta(minutes=60)):
        second = ledger.checkpoint(session, signer)
    assert second.checkpoint_id != first.checkpoint_id
    act(session, 1)
    ledger.sequence(session)
    with clock.at(AT + timedelta(minutes=61)):
        assert ledger.checkpoint(session, signer).size == 1


def test_checkpoints_do_not_go_back_with_the_clock(session: Session, signer: ledger.Signer) -> None:
    with clock.at(AT):
        first = ledger.checkpoint(session, signer)
    act(session, 1)
    ledger.sequence(session)
    with clock.at(AT - timedelta(days=1)):
        assert ledger.checkpoint(session, signer).at == first.at


def test_a_note_with_anything_altered_is_refused(session: Session, signer: ledger.Signer) -> None:
    note = ledger.checkpoint(session, signer).note()
    for at in range(len(note)):
        altered = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]
        with pytest.raises(Corrupt):
            read(altered, signer.verifier)


# ---- Keys ------------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_for_the_service_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.pem"
    assert ledger.make_key(path)
    kept = path.read_bytes()
    assert not ledger.make_key(path)
    assert path.read_bytes() == kept
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    ledger.make_key(path)
    path.chmod(0o644)
    with pytest.raises(RuleBroken):
        ledger.load_signer(path)


def test_a_missing_and_an_unreadable_key_are_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ledger.load_signer(tmp_path / "absent.pem")
    path = tmp_path / "ledger.pem"
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(Invalid):
        ledger.load_signer(path)


def test_a_published_key_verifies_what_its_log_signed(session: Session, signer: ledger.Signer) -> None:
    verifier = ledger.load_verifier(signer.verifier.pem())
    assert verifier.origin == signer.origin
    assert read(ledger.checkpoint(session, signer).note(), verifier).size == 0
