"""edms verify: human words or JSON, several files, a signature beside its file; the exit code tells what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edms.cli import main, proofs
from edms.signing import algorithms
from tests import forgeries, signed_things
from tests import signatures as s


class _House:
    """What the command needs of a house: whom it trusts and may ask."""

    roots = s.roots(signed_things.authority())
    outside = s.Inside(signed_things.authority())
    algorithms = algorithms.load(None)

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proofs, "build", lambda *_, **__: _House())

    def call(files: dict[str, bytes], *words: str, check: list[str] | None = None) -> Result:
        for name, whole in files.items():
            (tmp_path / name).write_bytes(whole)
        chosen = [str(tmp_path / name) for name in check or files]
        return CliRunner().invoke(main, ["verify", *chosen, *words])

    return call


def test_a_good_letter_is_exit_0_in_plain_words(run) -> None:
    answer = run({"letter.pdf": signed_things.pdf("B-T")})
    assert answer.exit_code == 0, answer.output
    assert "You may rely on this signature." in answer.stdout
    assert f"Signed by {signed_things.EC.name}" in answer.stdout and "It is proven that it existed on" in answer.stdout


def test_a_forged_one_among_good_ones_is_exit_4_and_named(run) -> None:
    forged = forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["page added"])
    answer = run({"good.pdf": signed_things.pdf(), "forged.pdf": forged}, "--json")
    assert answer.exit_code == 4
    good, bad = json.loads(answer.stdout)["files"]
    assert (good["verdict"], bad["verdict"], bad["sub_indication"]) == ("passed", "failed", "FORMAT_FAILURE")
    assert bad["signatures"][0]["changes"] == [["signing.change_pages_added", None]]


def test_what_nobody_can_decide_is_exit_5(run) -> None:
    assert run({"letter.pdf": signed_things.pdf("B-T")}, "--offline").exit_code == 5
    assert run({"page.pdf": s.page()}).exit_code == 5
    assert run({"page.txt": b"not signed"}).exit_code == 5


def test_a_signature_is_checked_over_the_file_it_is_named_after(run) -> None:
    files = {"letter.txt": signed_things.LETTER, "letter.txt.p7s": signed_things.message("B-T")}
    assert run(files, check=["letter.txt.p7s"]).exit_code == 0
    wrong = {**files, "letter.txt": b"another"}
    assert run(wrong, check=["letter.txt.p7s"]).exit_code == 4


def test_no_file_and_a_missing_file_are_wrong_calls(run) -> None:
    assert CliRunner().invoke(main, ["verify"]).exit_code == 2
    assert CliRunner().invoke(main, ["verify", "/nowhere/letter.pdf"]).exit_code == 2
