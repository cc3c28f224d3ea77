"""What a reader finds first in a package: what it is, what lies in it, and how to check it without us. In the office's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import edms
from edms import words
from edms.archive.package.parts import TEXT, Letter, Part
from edms.ledger import Verifier

CHECKER = Path(edms.__file__).parents[1] / "checker" / "edms_checker.py"
KEY = "public-key.pem"


def readme(
    speaks: str, *, title: str, office: str, made_on: str, key: str, published: str | None, letter: Letter | None = None
) -> str:  # fmt: skip
    """The text. `published` is where the office publishes its key; a letter alone has its papers listed."""
    say = partial(words.say, speaks)
    parts = [
        title,
        f"{office}. {say('archive.readme.made', day=made_on)}",
        say("archive.readme.what"),
        *(_papers(speaks, letter) if letter is not None else ()),
        say("archive.readme.how"),
        "1. " + say("archive.readme.files") + "\n   sha256sum --check manifest-sha256.txt",
        "2. " + say("archive.readme.signatures"),
        "3. "
        + say("archive.readme.register")
        + f"\n   python3 {CHECKER.name} …/ledger/01-document-registered.json --key {KEY}"
        + "\n   "
        + (say("archive.readme.key_at", key=key, url=published) if published else say("archive.readme.key", key=key)),
        say("archive.readme.program"),
    ]
    return "\n\n".join(parts).replace("\n", "\r\n") + "\r\n"  # so that the oldest editor of Windows shows lines


def documents(verifier: Verifier, made_at: datetime) -> list[Part]:
    """The public key, and the program that checks receipts with it."""
    key = Part.of(f"documentation/{KEY}", TEXT, made_at, verifier.pem().encode())
    return [key, Part.of(f"documentation/{CHECKER.name}", TEXT, made_at, CHECKER.read_bytes())]


def _papers(speaks: str, letter: Letter) -> Sequence[str]:
    rows = [
        f"   {number:02}  {paper.name}\n       SHA-256 {paper.sha256}"
        for number, paper in enumerate(letter.papers, start=1)
    ]
    return [words.say(speaks, "archive.readme.papers"), *rows] if rows else []
