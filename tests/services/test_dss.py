"""An outside judge agrees: what we call good at a level it calls good at that level, and no forgery passes with both."""

from __future__ import annotations

from pathlib import Path

import pytest

from edms.signing.verdicts import Bottom
from tests import forgeries, signed_things
from tests import signatures as s
from tests.services import outside_judge

pytestmark = [pytest.mark.services, pytest.mark.slow]
BESIDE = {"letter.txt": signed_things.LETTER}
ROOT = signed_things.authority().certificate("root")


def test_what_we_raise_passes_there_at_the_same_level(tmp_path: Path) -> None:
    """Offline, as we judge too: only what brings its answers can pass."""
    files = {f"{level} {code}": signed_things.pdf(level, code) for level in ("B-LT", "B-LTA") for code in ("ec", "rsa")}
    files["two signers B-LTA"] = signed_things.pdf("B-LTA", "rsa", signed_things.pdf("B-LTA"), at_height=300)
    said = outside_judge.judged(files, ROOT, tmp_path)
    for name, told in said.items():
        level = name.rpartition("B-")[2].split()[0]
        for signature in filter(None, told.split(";")):
            assert signature.startswith("TOTAL_PASSED"), (name, told)
            assert signature.endswith(f"BASELINE-{level}"), (name, told)
    ours = s.signed_lta()
    (told,) = outside_judge.judged({"ours": ours}, s.authority().certificate("root"), tmp_path).values()
    assert told == "TOTAL_PASSED null PAdES-BASELINE-LTA;"


def test_no_good_signature_is_broken_there(tmp_path: Path) -> None:
    """Our makers of good files are no easier on us than others would be."""
    made = {name: (make(), beside) for name, make, beside in signed_things.all_good()}
    del made["cms in base64"]  # it reads no base64
    beside = {name: BESIDE["letter.txt"] for name, (_, others) in made.items() if others}
    said = outside_judge.judged({name: whole for name, (whole, _) in made.items()}, ROOT, tmp_path, beside=beside)
    broken = {name: told for name, told in said.items() if "TOTAL_FAILED" in told or told.startswith(("ERROR", "NONE"))}
    assert broken == {}
    assert len(said) == len(made)


def test_no_forgery_passes_with_both(tmp_path: Path) -> None:
    """Offline it lets eighteen pass, judging the signed revision and saying nothing of what came after; we none."""
    forged = {name: make() for name, make in forgeries.all_forged()}
    beside = dict.fromkeys((name for name in forged if name.startswith("cms: beside")), signed_things.LETTER)
    said = outside_judge.judged(forged, ROOT, tmp_path, beside=beside)
    theirs = {name for name, told in said.items() if told.startswith("TOTAL_PASSED") and "INDETERMINATE" not in told}
    ours = {n for n, whole in forged.items() if signed_things.judged(whole, beside=BESIDE).bottom is Bottom.PASSED}
    assert len(said) == len(forged)
    assert theirs & ours == set() == ours
