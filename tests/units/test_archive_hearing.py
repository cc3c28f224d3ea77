"""The evidence of a package is somebody else's JSON: read in a child, within limits, and never believed to have a shape."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edms.archive.verifying import HEAR, HEARING
from edms.sandbox.limits import MIB
from edms.sandbox.run import run
from edms.signing.grounds import Answers

GOOD = Answers(ocsps=(b"an answer",), crls=(b"a list", b"another"))


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        (json.dumps({"revocation_answers": GOOD.as_json(), "else": 1}).encode(), GOOD),
        (b"[" * 100_000, Answers()),
        (b'{"revocation_answers": {"ocsps": [7]}}', Answers()),
        (b'{"revocation_answers": ["ocsps"]}', Answers()),
        (b"\xff\xfe", Answers()),
    ],
)
def test_what_was_heard_is_read_and_nothing_else(tmp_path: Path, written: bytes, heard: Answers) -> None:
    (tmp_path / "evidence").write_bytes(written)
    said, _ = run(HEAR, [tmp_path / "evidence"], limits=HEARING)
    assert [Answers.from_json(each) for each in said] == [heard]


def test_what_unfolds_beyond_its_limit_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_bytes(b'{"a": [' + b"[{}]," * (3 * MIB) + b"0]}")
    said, outcome = run(HEAR, [tmp_path / "evidence"], limits=replace(HEARING, memory_bytes=256 * MIB))
    assert said == [] and outcome.reason is not None
