#!/usr/bin/env python3
"""Checks a receipt of a register without asking the office that gave it. Python's standard library only.

It proves four things with the office's public key and nothing else: the facts belong to the entry (SHA-256 commitment),
the entry is in the register's tree at its place (RFC 9162), the office signed that tree (Ed25519, RFC 8032), and, when
asked, that a newer tree begins with an older one. Whatever it does not understand wholly, it refuses.

    python3 edms_checker.py receipt.json --key public.pem
    python3 edms_checker.py receipt.json --key public.pem --letter scan.pdf
    python3 edms_checker.py growth.json --key public.pem --older receipt.json

Exit codes: 0 proved; 1 refused; 2 could not be read; 3 the entry is proved, its facts were erased.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
from typing import Any, NoReturn

PROVED, REFUSED, UNREADABLE, ERASED = 0, 1, 2, 3
LONGEST = 4 * 1024 * 1024
LANGUAGES = ("en", "ka", "hy")

# ---- What it says: en, ka, hy -------------------------------------------------------------------------------------

WORDS = {
    "proved": (
        "The receipt is genuine: this entry is in the register, and the office signed the register that holds it.",
        "დადასტურება ნამდვილია: ეს ჩანაწერი ჟურნალშია, ჟურნალი კი დაწესებულებამ ხელმოწერით დაადასტურა.",
        "Ապացույցը վավեր է. այս գրառումը գրանցամատյանում է, և այն պարունակող գրանցամատյանը ստորագրել է հիմնարկը։",
    ),
    "erased": (
        "The entry is in the register and signed, but its facts were erased, so the receipt does not show what it said.",
        "ჩანაწერი ჟურნალშია და ხელმოწერილია, მაგრამ მისი მონაცემები წაშლილია, ამიტომ დადასტურება შინაარსს არ აჩვენებს.",
        "Գրառումը գրանցամատյանում է և ստորագրված է, բայց դրա տվյալները ջնջված են, ուստի ապացույցը բովանդակությունը ցույց չի տալիս։",
    ),
    "grown": (
        "The register only grew: the newer one begins with everything that the older one held.",
        "ჟურნალი მხოლოდ გაიზარდა: ახალი იწყება ყველაფრით, რაც ძველში იყო.",
        "Գրանցամատյանը միայն աճել է. նորը սկսվում է այն ամենով, ինչ կար հնում։",
    ),
    "refused": ("Do not rely on this file:", "ამ ფაილს ნუ დაეყრდნობით:", "Մի՛ ապավինեք այս ֆայլին՝"),
    "unreadable": ("This could not be read:", "წაკითხვა ვერ მოხერხდა:", "Հնարավոր չեղավ կարդալ՝"),
    "facts": (
        "the facts are not those that were entered.",
        "მონაცემები არ ემთხვევა იმას, რაც შეტანილი იყო.",
        "տվյալները այն չեն, ինչ մուտքագրվել են։",
    ),
    "leaf": ("the entry is not written as it must be.", "ჩანაწერის ფორმა არასწორია.", "գրառման ձևը սխալ է։"),
    "inclusion": (
        "the entry is not in the register at this place.",
        "ჩანაწერი ჟურნალში ამ ადგილას არ არის.",
        "գրառումը գրանցամատյանում այս տեղում չկա։",
    ),
    "note": (
        "the signed statement is not written as it must be.",
        "ხელმოწერილი დადასტურების ფორმა არასწორია.",
        "ստորագրված հաստատման ձևը սխալ է։",
    ),
    "signature": (
        "the signature is not that of the key you gave.",
        "ხელმოწერა თქვენ მიერ მითითებულ გასაღებს არ ეკუთვნის.",
        "ստորագրությունը Ձեր տված բանալիով չէ։",
    ),
    "consistency": (
        "the newer register does not begin with the older one: it was rewritten.",
        "ახალი ჟურნალი ძველით არ იწყება: ის გადაწერილია.",
        "նոր գրանցամատյանը հնով չի սկսվում. այն վերաշարադրվել է։",
    ),
    "older": (
        "it does not start from your older receipt.",
        "ის თქვენს ძველ დადასტურებას არ უკავშირდება.",
        "այն Ձեր հին ապացույցից չի սկսվում։",
    ),
    "letter": (
        "the file you gave is not the one that was registered.",
        "თქვენ მიერ მითითებული ფაილი ის არ არის, რომელიც დარეგისტრირდა.",
        "Ձեր տված ֆայլը այն չէ, որը գրանցվել է։",
    ),
    "form": (
        "it is not a receipt of this kind, or it holds something unknown.",
        "ეს ასეთი სახის დადასტურება არ არის ან უცნობ მონაცემს შეიცავს.",
        "սա այս տեսակի ապացույց չէ կամ անհայտ տվյալ է պարունակում։",
    ),
    "file": ("the file {path}.", "ფაილი {path}.", "{path} ֆայլը։"),
    "key": (
        "the public key. Give the PEM file of the office, or its base64 text.",
        "საჯარო გასაღები. მიუთითეთ დაწესებულების PEM ფაილი ან base64 ტექსტი.",
        "հանրային բանալին։ Տվեք հիմնարկի PEM ֆայլը կամ base64 տեքստը։",
    ),
    "signed": ("Signed by", "ხელმომწერი", "Ստորագրող"),
    "signed_at": ("Signed at", "ხელმოწერის დრო", "Ստորագրման պահը"),
    "entry": ("Entry", "ჩანაწერი", "Գրառում"),
    "entered_at": ("Entered at", "შეტანის დრო", "Մուտքագրման պահը"),
    "place": ("Place in the register", "ადგილი ჟურნალში", "Տեղը գրանցամատյանում"),
    "of": ("of", "სულ", "ընդհանուր"),
    "sizes": ("Entries, older and newer", "ჩანაწერები, ძველი და ახალი", "Գրառումներ, հին և նոր"),
    "same_letter": (
        "The file is the registered one.",
        "ფაილი სწორედ ის არის, რომელიც დარეგისტრირდა.",
        "Ֆայլը հենց գրանցվածն է։",
    ),
}


class Refusal(Exception):
    """The proof does not hold; the text names why."""


class Unreadable(Exception):
    """What was given cannot be read at all: the text names what, `path` which file."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.path = path


def refuse(reason: str) -> NoReturn:
    raise Refusal(reason)


# ---- Ed25519 (RFC 8032 §5.1), verification only -------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
IDENTITY: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    """Addition in extended coordinates (RFC 8032 §5.1.4)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def equal(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decompress(data: bytes) -> Point | None:
    """The point of an encoding (RFC 8032 §5.1.3); None for one that is off the curve or not canonical."""
    if len(data) != 32:
        return None
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's. Small-order points and non-canonical encodings are refused."""
    if len(signature) != 64 or BASE is None:
        return False
    a, r, s = decompress(key), decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    if equal(multiply(8, a), IDENTITY) or equal(multiply(8, r), IDENTITY):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return equal(multiply(s, BASE), add(r, multiply(k, a)))


# ---- The tree (RFC 9162 §2.1) --------------------------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def includes(hashed: bytes, position: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if position >= size:
        return False
    fn, sn = position, size - 1
    for sibling in path:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            hashed = node_hash(sibling, hashed)
            while fn % 2 == 0 and fn:
                fn, sn = fn // 2, sn // 2
        else:
            hashed = node_hash(hashed, sibling)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and hashed == root


def extends(old: int, new: int, path: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162 §2.1.4.2. The empty tree is the beginning of every tree."""
    if old > new:
        return False
    if old == 0:
        return not path and old_root == hashlib.sha256(b"").digest()
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    fn, sn = old - 1, new - 1
    while fn % 2:
        fn, sn = fn // 2, sn // 2
    if not path:
        return False
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            while fn % 2 == 0 and fn:
                fn, sn = fn // 2, sn // 2
        else:
            sr = node_hash(sr, step)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and fr == old_root and sr == new_root


# ---- Reading, strictly ---------------------------------------------------------------------------------------------


def unbase64(text: Any, length: int | None = None, reason: str = "form") -> bytes:
    """Base64 that can be written in one way only."""
    if not isinstance(text, str):
        refuse(reason)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        refuse(reason)
    if base64.b64encode(data).decode() != text or (length is not None and len(data) != length):
        refuse(reason)
    return data


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def strict_json(text: str) -> Any:
    """JSON without twins among the keys and without numbers that are not whole."""

    def unique(pairs: list[tuple[str, Any]]) -> Any:
        if len({name for name, _ in pairs}) != len(pairs):
            refuse("form")
        return dict(pairs)

    def not_whole(_: str) -> NoReturn:
        refuse("form")

    return json.loads(text, object_pairs_hook=unique, parse_float=not_whole, parse_constant=not_whole)


def read_file(path: str, longest: int = LONGEST) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(longest + 1)
    except OSError:
        raise Unreadable("file", path) from None
    if len(data) > longest:
        raise Unreadable("file", path)
    return data


def sha256_of(path: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError:
        raise Unreadable("file", path) from None
    return digest.hexdigest()


def read_json(path: str) -> Any:
    try:
        return strict_json(read_file(path).decode("utf-8"))
    except (ValueError, RecursionError):
        raise Unreadable("file", path) from None


class Key:
    """A public key: 32 bytes, and the log's name where the text of the key gives it."""

    PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----\s*")
    PREFIX = bytes.fromhex("302a300506032b6570032100")

    def __init__(self, text: str) -> None:
        """`text` is a PEM file or its content, base64 of the 32 bytes, or name+hash+base64 (C2SP)."""
        self.name: str | None = None
        try:
            if os.path.exists(text):
                text = read_file(text, 65536).decode("utf-8")
            pem, named = self.PEM.fullmatch(text), re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)", text.strip())
            if pem:
                data, prefix = unbase64("".join(pem[1].split())), self.PREFIX
            elif named:
                self.name, data, prefix = named[1], unbase64(named[3]), b"\x01"
            else:
                data, prefix = unbase64(text.strip()), b""
        except (Refusal, ValueError):
            raise Unreadable("key") from None
        if len(data) != len(prefix) + 32 or not data.startswith(prefix) or decompress(data[-32:]) is None:
            raise Unreadable("key")
        self.raw = data[-32:]
        if named and self.hash(named[1]).hex() != named[2]:
            raise Unreadable("key")

    def hash(self, name: str) -> bytes:
        """How a signature line names the key (C2SP signed-note)."""
        return hashlib.sha256(name.encode() + b"\n\x01" + self.raw).digest()[:4]


NOTE = re.compile(
    r"(?P<text>(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\n)"
    r"\n\u2014 (?P<name>[^\s+]+) (?P<line>[A-Za-z0-9+/]{91}=)\n"
)


class Checkpoint:
    """The office's signed statement: so many entries, this root, at this time."""

    def __init__(self, note: Any, key: Key) -> None:
        found = NOTE.fullmatch(note) if isinstance(note, str) else None
        if found is None:
            refuse("note")
        self.note: str = note
        self.origin, self.at, self.size = found["origin"], found["at"], int(found["size"])
        self.root = unbase64(found["root"], 32, "note")
        line = unbase64(found["line"], 68, "note")
        if found["name"] != self.origin or (key.name is not None and key.name != self.origin):
            refuse("signature")
        if line[:4] != key.hash(self.origin) or not ed25519_verify(key.raw, found["text"].encode(), line[4:]):
            refuse("signature")


def path_of(value: Any) -> list[bytes]:
    if not isinstance(value, list) or len(value) > 128:
        refuse("form")
    return [unbase64(part, 32) for part in value]


# ---- The verdicts ----------------------------------------------------------------------------------------------------


def check_receipt(receipt: Any, key: Key) -> tuple[Checkpoint, Any]:
    """Prove a receipt; gives the checkpoint and the entry. Raises Refusal."""
    if not isinstance(receipt, dict) or set(receipt) != {
        "format",
        "leaf",
        "salt",
        "facts",
        "position",
        "proof",
        "checkpoint",
    }:
        refuse("form")
    position = receipt["position"]
    if receipt["format"] != "edms-receipt/1" or type(position) is not int or position < 0:
        refuse("form")
    if not isinstance(receipt["leaf"], str):
        refuse("leaf")
    try:
        raw = receipt["leaf"].encode()
        leaf = strict_json(receipt["leaf"])
        fits = canonical(leaf) == raw and set(leaf) == {"v", "act", "org", "at", "commitment"} and leaf["v"] == 1
    except (ValueError, TypeError, RecursionError):
        fits = False
    if not fits:
        refuse("leaf")
    if (receipt["facts"] is None) != (receipt["salt"] is None):
        refuse("facts")
    if receipt["facts"] is not None:
        salt = unbase64(receipt["salt"], 16, "facts")
        try:
            committed = hashlib.sha256(salt + canonical(receipt["facts"])).hexdigest()
        except (ValueError, RecursionError):
            refuse("facts")
        if not isinstance(receipt["facts"], dict) or committed != leaf["commitment"]:
            refuse("facts")
    checkpoint = Checkpoint(receipt["checkpoint"], key)
    if not includes(leaf_hash(raw), position, checkpoint.size, path_of(receipt["proof"]), checkpoint.root):
        refuse("inclusion")
    return checkpoint, leaf


def check_growth(growth: Any, key: Key) -> tuple[Checkpoint, Checkpoint]:
    """Prove that the newer tree begins with the older one; gives both checkpoints. Raises Refusal."""
    if not isinstance(growth, dict) or set(growth) != {"format", "old", "new", "proof"}:
        refuse("form")
    if growth["format"] != "edms-consistency/1":
        refuse("form")
    old, new = Checkpoint(growth["old"], key), Checkpoint(growth["new"], key)
    if old.origin != new.origin:
        refuse("signature")
    if old.at > new.at or not extends(old.size, new.size, path_of(growth["proof"]), old.root, new.root):
        refuse("consistency")
    return old, new


def holds_letter(facts: Any, digest: str) -> bool:
    """Whether the SHA-256 of a file is among the facts."""
    if isinstance(facts, dict):
        return any(holds_letter(part, digest) for part in facts.values())
    if isinstance(facts, list):
        return any(holds_letter(part, digest) for part in facts)
    return isinstance(facts, str) and facts == digest


# ---- The command -----------------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """A value without anything that could move the cursor or turn the line around."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks a receipt of a register without asking the office.")
    parser.add_argument("receipt", help="the receipt, or a proof that the register only grew (JSON)")
    parser.add_argument("--key", required=True, help="the office's public key: a PEM file, or base64 text")
    parser.add_argument("--letter", help="a file: is it the one that was registered?")
    parser.add_argument("--older", help="your older receipt, from which a proof of growth must start")
    own = next((lang for lang in LANGUAGES if os.environ.get("LANG", "").lower().startswith(lang)), "en")
    parser.add_argument("--language", choices=LANGUAGES, default=own)
    given = parser.parse_args(arguments)
    column = LANGUAGES.index(given.language)

    def word(name: str) -> str:
        return WORDS[name][column]

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return run(given, word)
    except Refusal as refusal:
        print(word("refused"), word(str(refusal)))
        return REFUSED
    except Unreadable as reason:
        print(word("unreadable"), word(str(reason)).replace("{path}", shown(reason.path)), file=sys.stderr)
        return UNREADABLE


def run(given: argparse.Namespace, word: Any) -> int:
    key = Key(given.key)
    told = read_json(given.receipt)
    if isinstance(told, dict) and told.get("format") == "edms-consistency/1":
        old, new = check_growth(told, key)
        if given.older:
            mine, _ = check_receipt(read_json(given.older), key)
            if mine.note != old.note:
                refuse("older")
        print(word("grown"))
        print("  {}: {}, {}".format(word("sizes"), old.size, new.size))
        print("  {}: {}, {}".format(word("signed_at"), old.at, new.at))
        return PROVED
    checkpoint, leaf = check_receipt(told, key)
    erased = told["facts"] is None
    if given.letter and (erased or not holds_letter(told["facts"], sha256_of(given.letter))):
        refuse("letter")
    print(word("erased" if erased else "proved"))
    if given.letter:
        print(word("same_letter"))
    lines = [
        (word("entry"), leaf["act"]),
        (word("entered_at"), leaf["at"]),
        (word("place"), "{} ({} {})".format(told["position"] + 1, word("of"), checkpoint.size)),
        (word("signed"), checkpoint.origin),
        (word("signed_at"), checkpoint.at),
    ]
    for name, value in lines + sorted((told["facts"] or {}).items()):
        print(f"  {shown(name)}: {shown(value)}")
    return ERASED if erased else PROVED


if __name__ == "__main__":
    sys.exit(main())
