"""The stand-alone checker: RFC 8032 vectors, keys and points it must refuse, and receipts with anything altered."""

from __future__ import annotations

import ast
import base64
import copy
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edms.ledger import leaves, tree
from edms.ledger.keys import Signer
from edms.ledger.notes import Statement, write

PATH = Path(__file__).parents[2] / "checker" / "edms_checker.py"
AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for tests").digest())
SIGNER = Signer("edms-test.example/ledger", KEY)
LETTER = b"%PDF-1.7 a letter"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("edms_checker", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


checker = load()

# RFC 8032 §7.1: tests 1, 2, 3 and SHA(abc), as (secret key, message, signature).
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


@pytest.mark.parametrize(("secret", "message", "signature"), VECTORS)
def test_signatures_of_rfc_8032_are_accepted_and_no_others(secret: str, message: str, signature: str) -> None:
    key, text, signed = (
        public(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))),
        bytes.fromhex(message),
        bytes.fromhex(signature),
    )
    assert checker.ed25519_verify(key, text, signed)
    assert not checker.ed25519_verify(key, text + b"\0", signed)
    for bit in range(0, 512, 37):
        altered = bytearray(signed)
        altered[bit // 8] ^= 1 << bit % 8
        assert not checker.ed25519_verify(key, text, bytes(altered))


def test_a_signature_with_a_second_form_of_s_is_refused() -> None:
    message, signature = b"letter", KEY.sign(b"letter")
    s = int.from_bytes(signature[32:], "little") + checker.ORDER
    assert not checker.ed25519_verify(public(KEY), message, signature[:32] + s.to_bytes(32, "little"))


SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_are_refused_as_key_and_as_r(point: str) -> None:
    small = bytes.fromhex(point)
    # With such a key R = identity, S = 0 would "sign" many messages.
    for r in (small, bytes.fromhex(SMALL_ORDER[1])):
        for message in (b"a", b"b", b"c", b"d"):
            assert not checker.ed25519_verify(small, message, r + bytes(32))
            assert not checker.ed25519_verify(public(KEY), message, r + bytes(32))


@pytest.mark.parametrize(
    "encoding",
    [
        (2**255 - 19).to_bytes(32, "little"),  # y = p, a second form of 0
        (2**255 - 18).to_bytes(32, "little"),  # y = p + 1, a second form of 1
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        (2).to_bytes(32, "little"),  # not on the curve
        bytes(31),
    ],
)
def test_encodings_that_are_no_points_are_refused(encoding: bytes) -> None:
    assert checker.decompress(encoding) is None


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64))
def test_it_agrees_with_the_library_of_the_service(secret: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    assert checker.ed25519_verify(public(key), message, key.sign(message))


# ---- Receipts --------------------------------------------------------------------------------------------------------


def made_receipt(position: int = 5, size: int = 13, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    """A receipt as the ledger makes it, without a database."""
    salt = bytes(range(16))
    told = facts or {
        "subject": "document",
        "id": 5,
        "number": "12/01-02",
        "sender": "ნინო ბერიძე",
        "contents": [hashlib.sha256(LETTER).hexdigest()],
        "grade": None,
    }
    leaf = leaves.leaf_bytes(act="document:registered", organisation_id=1, at=AT, salt=salt, facts=told)
    hashes = [tree.leaf_hash(leaf if n == position else str(n).encode()) for n in range(size)]
    made, frontier = tree.grow(0, [], hashes)
    nodes = {(level, index): hashed for level, index, hashed in made}
    proof = tree.proof(tree.inclusion_path(position, size), nodes)
    return {
        "format": "edms-receipt/1",
        "leaf": leaf.decode(),
        "salt": base64.b64encode(salt).decode(),
        "facts": told,
        "position": position,
        "proof": [base64.b64encode(h).decode() for h in proof],
        "checkpoint": note(size, tree.fold(frontier)),
    }


def note(size: int, root: bytes, signer: Signer = SIGNER, at: datetime = AT) -> str:
    statement = Statement(signer.origin, size, root, at)
    return write(statement, signer.verifier.key_id, signer.sign(statement))


def growth(old: int = 6, new: int = 13) -> dict[str, Any]:
    receipt = made_receipt(size=old), made_receipt(size=new)
    made, _ = tree.grow(0, [], _leaf_hashes(new))
    nodes = {(level, index): hashed for level, index, hashed in made}
    proof = tree.proof(tree.consistency_path(old, new), nodes)
    return {
        "format": "edms-consistency/1",
        "old": receipt[0]["checkpoint"],
        "new": receipt[1]["checkpoint"],
        "proof": [base64.b64encode(h).decode() for h in proof],
    }


def _leaf_hashes(size: int) -> list[bytes]:
    leaf = made_receipt()["leaf"].encode()
    return [tree.leaf_hash(leaf if n == 5 else str(n).encode()) for n in range(size)]


def key(text: str | None = None) -> Any:
    return checker.Key(text or SIGNER.verifier.pem())


def accepted(receipt: Any) -> bool:
    """Whether the checker takes it for a genuine receipt with its facts, read from its JSON text as a citizen has it."""
    try:
        told = checker.strict_json(json.dumps(receipt))
        checker.check_receipt(told, key())
    except checker.Refusal:
        return False
    return told["facts"] is not None


def test_a_genuine_receipt_is_accepted_at_every_place() -> None:
    for size in (1, 2, 3, 7, 8, 13):
        for position in range(size):
            assert accepted(made_receipt(position, size))


def altered_values(value: Any) -> Iterator[Any]:
    """Other values of the same kind, and of other kinds."""
    if isinstance(value, str):
        yield from (
            value[:at] + chr(ord(value[at]) ^ bit) + value[at + 1 :] for at in range(len(value)) for bit in (1, 2, 32)
        )
        yield from (value + " ", value[1:], "", value + "A", None, 1, [value])
    elif isinstance(value, bool) or value is None:
        yield from (0, "", "null", [], not value)
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value, float(value), str(value), None, value + 2**40, [value])
        if value == 1:
            yield True
    elif isinstance(value, list):
        yield from (
            value[1:],
            value[:-1],
            [*value, value[0] if value else "AA=="],
            value[::-1] if len(value) > 1 else None,
        )
        for at, part in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in altered_values(part))
    elif isinstance(value, dict):
        yield from (None, [], {**value, "more": 1}, {})
        for name, part in value.items():
            yield {other: inner for other, inner in value.items() if other != name}
            yield {(name + "x" if other == name else other): inner for other, inner in value.items()}
            yield from ({**value, name: other} for other in altered_values(part))


@pytest.mark.parametrize("field", ["format", "leaf", "salt", "facts", "position", "proof", "checkpoint"])
def test_a_receipt_with_anything_altered_is_refused(field: str) -> None:
    receipt = made_receipt()
    count = 0
    for other in altered_values(receipt[field]):
        if type(other) is type(receipt[field]) and other == receipt[field]:
            continue
        assert not accepted({**receipt, field: other}), (field, other)
        count += 1
    without = {name: value for name, value in receipt.items() if name != field}
    assert not accepted(without)
    assert count > 5


def test_unknown_fields_are_refused() -> None:
    assert not accepted({**made_receipt(), "comment": "genuine"})
    assert not accepted([made_receipt()])
    assert not accepted("receipt")


def test_a_key_named_twice_is_refused() -> None:
    text = json.dumps(made_receipt()).replace('"position": 5', '"position": 4, "position": 5')
    with pytest.raises(checker.Refusal):
        checker.strict_json(text)


def test_another_key_and_another_name_are_refused() -> None:
    other = Signer(SIGNER.origin, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    receipt = made_receipt()
    forged = {**receipt, "checkpoint": note(13, base64.b64decode(receipt["checkpoint"].split("\n")[2]), other)}
    assert not accepted(forged)
    with pytest.raises(checker.Refusal):
        checker.check_receipt(receipt, key(other.verifier.pem()))
    renamed = Signer("edms-other.example", KEY)
    with pytest.raises(checker.Refusal):
        checker.check_receipt(receipt, key(vkey(renamed)))
    checker.check_receipt(receipt, key(vkey(SIGNER)))


def vkey(signer: Signer) -> str:
    verifier = signer.verifier
    typed = base64.b64encode(b"\x01" + verifier.raw).decode()
    return f"{verifier.origin}+{verifier.key_id}+{typed}"


def test_a_growth_proof_is_accepted_and_altered_ones_are_not() -> None:
    for old, new in ((6, 13), (8, 13), (12, 13), (13, 13), (6, 6)):
        checker.check_growth(growth(old, new), key())
    genuine = growth()
    for field in genuine:
        # Two signatures each: every seventh alteration is enough here, the receipt's own checkpoint has them all.
        for other in islice(altered_values(genuine[field]), 0, None, 7):
            if other != genuine[field]:
                with pytest.raises(checker.Refusal):
                    checker.check_growth({**genuine, field: other}, key())


def test_growth_that_runs_backwards_is_refused() -> None:
    turned = growth()
    turned["old"], turned["new"] = turned["new"], turned["old"]
    with pytest.raises(checker.Refusal):
        checker.check_growth(turned, key())


@pytest.mark.parametrize("text", ["", "no key", "AAAA", base64.b64encode(bytes(33)).decode(), "a+00000000+AAAA"])
def test_a_key_that_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(checker.Unreadable):
        checker.Key(text)


# ---- The command -----------------------------------------------------------------------------------------------------


def run(folder: Path, receipt: Any, *more: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    (folder / "receipt.json").write_text(receipt if isinstance(receipt, str) else json.dumps(receipt), encoding="utf-8")
    (folder / "public.pem").write_text(SIGNER.verifier.pem())
    command = [sys.executable, "-I", "-S", str(PATH), "receipt.json", "--key", "public.pem", "--language", language]
    return subprocess.run([*command, *more], cwd=folder, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize(("language", "word"), [("en", "genuine"), ("ka", "ნამდვილია"), ("hy", "վավեր")])
def test_the_command_says_that_a_receipt_is_genuine(tmp_path: Path, language: str, word: str) -> None:
    done = run(tmp_path, made_receipt(), language=language)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout
    assert "12/01-02" in done.stdout
    assert "ნინო ბერიძე" in done.stdout


def test_the_command_names_why_it_refuses(tmp_path: Path) -> None:
    receipt = made_receipt()
    receipt["facts"]["number"] = "12/01-03"
    done = run(tmp_path, receipt)
    assert done.returncode == 1
    assert "the facts are not those that were entered" in done.stdout
    assert "genuine" not in done.stdout


def test_erased_facts_have_an_exit_code_of_their_own(tmp_path: Path) -> None:
    done = run(tmp_path, {**made_receipt(), "salt": None, "facts": None})
    assert done.returncode == 3
    assert "erased" in done.stdout


def test_the_registered_file_is_recognised_and_another_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(LETTER)
    (tmp_path / "other.pdf").write_bytes(LETTER + b" ")
    assert run(tmp_path, made_receipt(), "--letter", "scan.pdf").returncode == 0
    assert run(tmp_path, made_receipt(), "--letter", "other.pdf").returncode == 1
    assert run(tmp_path, made_receipt(), "--letter", "absent.pdf").returncode == 2


def test_growth_must_start_from_the_receipt_in_hand(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(made_receipt(size=6)))
    (tmp_path / "not.json").write_text(json.dumps(made_receipt(size=7)))
    assert run(tmp_path, growth(), "--older", "mine.json").returncode == 0
    assert run(tmp_path, growth(), "--older", "not.json").returncode == 1


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00", '{"position": ' + "9" * 5000 + "}"])
def test_what_is_no_json_cannot_be_read(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, text)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_facts_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    done = run(tmp_path, made_receipt(facts={"sender": "\x1b[2J\u202egood\nProved: yes"}))
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "\nProved" not in done.stdout


def test_it_imports_the_standard_library_only() -> None:
    modules = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(PATH.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= set(sys.stdlib_module_names)


def test_every_word_is_there_in_three_languages() -> None:
    for name, texts in checker.WORDS.items():
        assert len(texts) == 3, name
        assert all(text.strip() for text in texts), name


def test_copies_are_not_touched_by_checking() -> None:
    receipt = made_receipt()
    before = copy.deepcopy(receipt)
    checker.check_receipt(receipt, key())
    assert receipt == before
