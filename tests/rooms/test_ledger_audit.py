"""What a dishonest owner of the database does to the ledger or the register is found and named (F18, F20, T21)."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from edms import ledger
from edms.db.engine import engine_for
from edms.db.roles import APPEND_ONLY, GUARD
from edms.errors import Corrupt, NotFound, Unavailable
from edms.ledger import leaves, tree
from edms.words import say

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LEAVES = 40


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    path = Path(__file__).parents[2] / "checker" / "edms_checker.py"
    spec = importlib.util.spec_from_file_location("edms_checker", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> ledger.Signer:
    path = tmp_path_factory.mktemp("keys") / "ledger.pem"
    ledger.make_key(path)
    return ledger.load_signer(path)


@pytest.fixture
def owner(database, signer: ledger.Signer) -> Iterator[Session]:  # type: ignore[no-untyped-def]
    """The owner of the schema, with the guards off, before a ledger of 40 acts; all is gone after the test."""
    engine = engine_for(database.owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        outer = connection.begin()
        for table in APPEND_ONLY:
            if table.startswith("ledger"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {GUARD}"))
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            fill(session, signer)
            yield session
        outer.rollback()


def fill(session: Session, signer: ledger.Signer) -> None:
    for n in range(LEAVES):
        facts = {"subject": "document", "id": n, "number": f"{n}/01", "on": AT.date(), "sender": f"correspondent {n}"}
        ledger.append(
            session, act="document:registered", organisation_id=1, at=AT, facts=facts, document_id=n, arrival_id=100 + n
        )
        if n in (4, 15, 31):
            ledger.sequence(session)
            ledger.checkpoint(session, signer)
    ledger.sequence(session)
    ledger.checkpoint(session, signer)


def leaf_at(session: Session, position: int) -> int:
    query = text("SELECT leaf_id FROM ledger_position WHERE position = :position")
    return int(session.execute(query, {"position": position}).scalar_one())


def test_an_untouched_ledger_is_sound(owner: Session, signer: ledger.Signer) -> None:
    verdict = ledger.verify(owner, signer.verifier)
    assert verdict.sound, verdict.difference
    assert (verdict.size, verdict.checkpoints, verdict.waiting, verdict.erased) == (LEAVES, 4, 0, 0)


def test_an_empty_ledger_is_sound(session: Session, signer: ledger.Signer) -> None:
    assert ledger.verify(session, signer.verifier).sound


# Each edit: SQL with :n (a leaf's position), :leaf (its id), and the table and field the check must name.
EDITS: list[tuple[str, str, str]] = [
    ("UPDATE ledger_leaf SET leaf = leaf || ' ' WHERE leaf_id = :leaf", "ledger_leaf", "leaf"),
    ("UPDATE ledger_leaf SET leaf_hash = sha256('x') WHERE leaf_id = :leaf", "ledger_leaf", "leaf"),
    (
        "UPDATE ledger_salt SET facts = jsonb_set(facts, '{number}', '\"9/99\"') WHERE leaf_id = :leaf",
        "ledger_salt",
        "facts",
    ),
    ("UPDATE ledger_salt SET facts = facts - 'sender' WHERE leaf_id = :leaf", "ledger_salt", "facts"),
    ("UPDATE ledger_salt SET facts = facts || '{\"more\": 1}' WHERE leaf_id = :leaf", "ledger_salt", "facts"),
    ("UPDATE ledger_salt SET salt = sha256('x') WHERE leaf_id = :leaf", "ledger_salt", "facts"),
    ("UPDATE ledger_salt SET document_id = document_id + 1 WHERE leaf_id = :leaf", "ledger_salt", "document_id"),
    ("UPDATE ledger_salt SET arrival_id = NULL WHERE leaf_id = :leaf", "ledger_salt", "arrival_id"),
    ("DELETE FROM ledger_salt WHERE leaf_id = :leaf", "ledger_salt", "leaf_id"),
    ('UPDATE ledger_node SET hash = sha256(hash) WHERE level = 0 AND "index" = :n', "ledger_node", "hash"),
    ('UPDATE ledger_node SET hash = sha256(hash) WHERE level = 1 AND "index" = :n / 2', "ledger_node", "hash"),
    ('UPDATE ledger_node SET hash = sha256(hash) WHERE level = 3 AND "index" = :n / 8', "ledger_node", "hash"),
    ('DELETE FROM ledger_node WHERE level = 2 AND "index" = :n / 4', "ledger_node", "hash"),
    ("INSERT INTO ledger_node VALUES (0, :n + 1000, sha256('x'))", "ledger_node", "index"),
    ("DELETE FROM ledger_position WHERE position = :n", "ledger_position", "position"),
]


@pytest.mark.parametrize("seed", range(60))
def test_seeded_edits_of_the_owner_are_found_and_named(owner: Session, signer: ledger.Signer, seed: int) -> None:
    statement, table, field = EDITS[seed % len(EDITS)]
    position = random.Random(seed).randrange(LEAVES)
    leaf = leaf_at(owner, position)
    owner.execute(
        text(statement), {name: v for name, v in (("n", position), ("leaf", leaf)) if f":{name}" in statement}
    )
    verdict = ledger.verify(owner, signer.verifier)
    assert verdict.difference is not None
    assert (verdict.difference.table, verdict.difference.field) == (table, field)
    if table in ("ledger_leaf", "ledger_salt"):
        assert verdict.difference.row == str(leaf)
    for lang in ("en", "ka", "hy"):
        say(lang, verdict.difference.message, **verdict.difference.values)


def rewrite_leaf(session: Session, position: int) -> int:
    """Give a leaf another organisation, with a hash that fits."""
    leaf_id = leaf_at(session, position)
    told = json.loads(
        session.execute(text("SELECT leaf FROM ledger_leaf WHERE leaf_id = :l"), {"l": leaf_id}).scalar_one()
    )
    leaf = leaves.canonical({**told, "org": 2})
    statement = text("UPDATE ledger_leaf SET leaf = :leaf, leaf_hash = :hash WHERE leaf_id = :id")
    session.execute(statement, {"leaf": leaf, "hash": tree.leaf_hash(leaf), "id": leaf_id})
    return leaf_id


def rebuild_nodes(session: Session) -> None:
    hashes = session.execute(
        text("SELECT leaf_hash FROM ledger_position JOIN ledger_leaf USING (leaf_id) ORDER BY position")
    ).scalars()
    made, _ = tree.grow(0, [], list(hashes))
    session.execute(text("DELETE FROM ledger_node"))
    session.execute(
        text('INSERT INTO ledger_node (level, "index", hash) VALUES (:level, :index, :hash)'),
        [{"level": level, "index": index, "hash": hashed} for level, index, hashed in made],
    )


@pytest.mark.parametrize("position", [0, 3, 15, 22, 31])
def test_a_rewritten_leaf_is_named(owner: Session, signer: ledger.Signer, position: int) -> None:
    leaf_id = rewrite_leaf(owner, position)
    found = ledger.verify(owner, signer.verifier).difference
    assert found is not None
    assert (found.table, found.row, found.field) == ("ledger_leaf", str(leaf_id), "leaf")


@pytest.mark.parametrize(("one", "other"), [(0, 1), (2, 9), (15, 16), (30, 39)])
def test_exchanged_places_are_named(owner: Session, signer: ledger.Signer, one: int, other: int) -> None:
    first, second = leaf_at(owner, one), leaf_at(owner, other)
    owner.execute(text("DELETE FROM ledger_position WHERE position IN (:a, :b)"), {"a": one, "b": other})
    owner.execute(
        text("INSERT INTO ledger_position (position, leaf_id) VALUES (:a, :second), (:b, :first)"),
        {"a": one, "b": other, "first": first, "second": second},
    )
    found = ledger.verify(owner, signer.verifier).difference
    assert found is not None
    assert (found.table, found.row, found.field) == ("ledger_position", str(one), "leaf_id")


@pytest.mark.parametrize(
    "column", ["size = size - 1", "root = sha256('x')", "at = at + interval '1 h'", "origin = 'other'"]
)
def test_an_altered_checkpoint_is_named(owner: Session, signer: ledger.Signer, column: str) -> None:
    owner.execute(text(f"UPDATE ledger_checkpoint SET {column} WHERE size = 16"))
    owner.expire_all()
    found = ledger.verify(owner, signer.verifier).difference
    assert found is not None
    assert found.table == "ledger_checkpoint"


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_truncated_ledger_is_found(owner: Session, signer: ledger.Signer, cut: int) -> None:
    keep = {"keep": LEAVES - cut}
    owner.execute(
        text("CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT leaf_id FROM ledger_position WHERE position >= :keep"),
        keep,
    )
    owner.execute(text("DELETE FROM ledger_position WHERE position >= :keep"), keep)
    owner.execute(text("DELETE FROM ledger_salt WHERE leaf_id IN (SELECT leaf_id FROM gone)"))
    owner.execute(text("DELETE FROM ledger_leaf WHERE leaf_id IN (SELECT leaf_id FROM gone)"))
    rebuild_nodes(owner)
    found = ledger.verify(owner, signer.verifier).difference
    assert found is not None
    assert found.message == "ledger.difference.shrunk"
    with pytest.raises(Corrupt):
        ledger.checkpoint(owner, signer)


def test_a_tree_recomputed_after_an_edit_contradicts_its_checkpoints(owner: Session, signer: ledger.Signer) -> None:
    rewrite_leaf(owner, 10)
    rebuild_nodes(owner)
    found = ledger.verify(owner, signer.verifier).difference
    assert found is not None
    assert (found.table, found.field, found.values["size"]) == ("ledger_checkpoint", "root", 16)
    with pytest.raises(Corrupt):
        ledger.checkpoint(owner, signer)


def test_a_ledger_rewritten_with_its_own_key_contradicts_a_note_kept_outside(
    owner: Session, signer: ledger.Signer
) -> None:
    kept = ledger.checkpoint(owner, signer).note()
    owner.execute(text("DELETE FROM ledger_checkpoint"))
    rewrite_leaf(owner, 10)
    rebuild_nodes(owner)
    ledger.checkpoint(owner, signer)
    assert ledger.verify(owner, signer.verifier).sound
    found = ledger.verify(owner, signer.verifier, outside=[kept]).difference
    assert found is not None
    assert (found.table, found.field) == ("outside", "root")


def test_a_forked_ledger_cannot_prove_growth_from_an_older_receipt(
    owner: Session, signer: ledger.Signer, checker: ModuleType
) -> None:
    mine = ledger.receipt(owner, leaf_at(owner, 3))
    owner.execute(text("DELETE FROM ledger_checkpoint WHERE size < 40"))
    rewrite_leaf(owner, 10)
    rebuild_nodes(owner)
    key = checker.Key(signer.verifier.pem())
    owner.execute(text("DELETE FROM ledger_checkpoint"))
    forged = ledger.checkpoint(owner, signer)
    claim = {"format": "edms-consistency/1", "old": mine["checkpoint"], "new": forged.note(), "proof": []}
    with pytest.raises(checker.Refusal):
        checker.check_growth(claim, key)


def test_a_note_of_another_log_is_no_outside_witness(owner: Session, signer: ledger.Signer, tmp_path: Path) -> None:
    ledger.make_key(tmp_path / "other.pem")
    other = ledger.load_signer(tmp_path / "other.pem")
    assert ledger.verify(owner, other.verifier).difference is not None
    found = ledger.verify(owner, signer.verifier, outside=["not a note"]).difference
    assert found is not None
    assert found.table == "outside"


def test_a_new_key_and_the_earlier_one_are_verified_together(
    owner: Session, signer: ledger.Signer, tmp_path: Path
) -> None:
    ledger.make_key(tmp_path / "new.pem")
    new = ledger.load_signer(tmp_path / "new.pem")
    ledger.checkpoint(owner, new)
    assert ledger.verify(owner, [new.verifier, signer.verifier]).sound
    found = ledger.verify(owner, signer.verifier).difference
    assert found is not None
    assert found.message == "ledger.difference.key_unknown"


# ---- Erasure ---------------------------------------------------------------------------------------------------------


def test_erased_facts_leave_a_sound_ledger_that_says_nothing_of_them(
    owner: Session, signer: ledger.Signer, checker: ModuleType
) -> None:
    leaf_id = leaf_at(owner, 7)
    ledger.erase(owner, document_id=7, organisation_id=1, at=AT)
    ledger.sequence(owner)
    ledger.checkpoint(owner, signer)
    verdict = ledger.verify(owner, signer.verifier)
    assert verdict.sound, verdict.difference
    assert verdict.erased == 1
    receipt = ledger.receipt(owner, leaf_id)
    assert receipt["facts"] is None
    assert "correspondent 7" not in json.dumps(receipt)
    checker.check_receipt(receipt, checker.Key(signer.verifier.pem()))


# ---- Receipts --------------------------------------------------------------------------------------------------------


def test_every_receipt_is_accepted_by_the_stand_alone_checker(
    owner: Session, signer: ledger.Signer, checker: ModuleType
) -> None:
    key = checker.Key(signer.verifier.pem())
    for position in range(LEAVES):
        text_ = json.dumps(ledger.receipt(owner, leaf_at(owner, position)), ensure_ascii=False)
        checkpoint, leaf = checker.check_receipt(checker.strict_json(text_), key)
        assert (checkpoint.size, leaf["act"]) == (LEAVES, "document:registered")


def test_growth_between_all_checkpoints_is_accepted(owner: Session, signer: ledger.Signer, checker: ModuleType) -> None:
    ids = owner.execute(text("SELECT checkpoint_id FROM ledger_checkpoint ORDER BY checkpoint_id")).scalars().all()
    key = checker.Key(signer.verifier.pem())
    for old in ids:
        for new in (i for i in ids if i >= old):
            checker.check_growth(ledger.growth(owner, old, new), key)
    with pytest.raises(NotFound):
        ledger.growth(owner, ids[0], max(ids) + 1)


def test_a_receipt_waits_for_its_checkpoint(session: Session, signer: ledger.Signer) -> None:
    leaf = ledger.append(session, act="arrival:received", organisation_id=None, at=AT, facts={"n": 1})
    for step in (lambda: None, lambda: ledger.sequence(session)):
        step()
        with pytest.raises(Unavailable):
            ledger.receipt(session, leaf.leaf_id)
    ledger.checkpoint(session, signer)
    assert ledger.receipt(session, leaf.leaf_id)["facts"] == {"n": 1}
    with pytest.raises(NotFound):
        ledger.receipt(session, leaf.leaf_id + 1)


def test_no_receipt_is_given_from_a_damaged_tree(owner: Session, signer: ledger.Signer) -> None:
    owner.execute(text("UPDATE ledger_node SET hash = sha256(hash) WHERE level = 3"))
    with pytest.raises(Corrupt):
        ledger.receipt(owner, leaf_at(owner, 20))
    owner.execute(text("DELETE FROM ledger_node WHERE level = 3"))
    with pytest.raises(Corrupt):
        ledger.receipt(owner, leaf_at(owner, 20))


# ---- The register against the ledger ---------------------------------------------------------------------------------

Row = dict[str, object]


def reader(rows: dict[int, Row]) -> ledger.Reader:
    def read(session: Session, ids: Collection[int]) -> dict[int, Row]:
        return {n: rows[n] for n in ids if n in rows}

    return read


def rows() -> dict[int, Row]:
    return {n: {"number": f"{n}/01", "on": AT.date(), "sender": f"correspondent {n}", "id": n} for n in range(LEAVES)}


def test_rows_that_say_what_their_acts_said_are_not_named(owner: Session) -> None:
    assert list(ledger.verify_facts(owner, {"document": reader(rows())})) == []


CHANGES: list[tuple[str, Callable[[Row], object]]] = [
    ("number", lambda row: f"{row['number']}x"),
    ("on", lambda row: AT.date().replace(year=2020)),
    ("sender", lambda row: "somebody else"),
    ("sender", lambda row: None),
]


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_number_date_or_sender_is_named(owner: Session, seed: int) -> None:
    field, change = CHANGES[seed % len(CHANGES)]
    now, which = rows(), random.Random(seed).randrange(LEAVES)
    now[which][field] = change(now[which])
    found = list(ledger.verify_facts(owner, {"document": reader(now)}))
    assert [(d.table, d.row, d.field) for d in found] == [("document", f"document {which}", field)]
    for lang in ("en", "ka", "hy"):
        say(lang, found[0].message, **found[0].values)


def test_a_removed_row_is_named(owner: Session) -> None:
    now = rows()
    del now[12]
    found = list(ledger.verify_facts(owner, {"document": reader(now)}))
    assert [(d.row, d.field) for d in found] == [("document 12", "id")]


def test_a_subject_that_is_no_number_and_a_row_that_cannot_be_read_hide_nothing_else(
    owner: Session, signer: ledger.Signer
) -> None:
    """An owner who makes the check stumble must not get away with what else she changed."""
    leaf = leaf_at(owner, 3)
    owner.execute(text('UPDATE ledger_salt SET facts = facts || \'{"id": "x"}\' WHERE leaf_id = :l'), {"l": leaf})
    now = rows()
    now[20]["number"] = "9/99"
    reads = reader(now)

    def stumbling(session: Session, ids: Collection[int]) -> dict[int, Row]:
        if 7 in ids:
            raise ValueError("'secret' is not a valid Grade")
        return reads(session, ids)

    assert ledger.verify(owner, signer.verifier).difference.row == str(leaf)
    found = list(ledger.verify_facts(owner, {"document": stumbling}, {"document": lambda session: [404]}))
    assert [(d.row, d.field) for d in found] == [
        ("document 7", "id"),
        ("document 20", "number"),
        ("document 404", "id"),
    ]
    for lang in ("en", "ka", "hy", "ru"):
        assert all(say(lang, d.message, **d.values) for d in found)


def test_an_erasure_that_names_no_leaves_is_named_itself(owner: Session, signer: ledger.Signer) -> None:
    made = ledger.append(owner, act="facts:erased", organisation_id=1, at=AT, facts={"leaves": "all"})
    ledger.sequence(owner)
    assert ledger.verify(owner, signer.verifier).difference.row == str(made.leaf_id)


def test_a_correction_is_what_counts_afterwards(owner: Session) -> None:
    facts = {"subject": "document", "id": 5, "sender": "corrected"}
    ledger.append(owner, act="document:corrected", organisation_id=1, at=AT, facts=facts, document_id=5)
    now = rows()
    assert [d.field for d in ledger.verify_facts(owner, {"document": reader(now)})] == ["sender"]
    now[5]["sender"] = "corrected"
    assert list(ledger.verify_facts(owner, {"document": reader(now)})) == []
