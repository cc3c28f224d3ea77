"""Every time stamp of a signed file keeps its facts: its own, those over the document or the container, in order."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from edms import clock
from edms.demo.authority import Inside
from edms.signing import asic_archiving, asic_writing, renewing
from edms.signing.asic_writing import Part
from edms.signing.examination import examine
from edms.signing.verdicts import Bottom, Form, Over, Verdict
from tests import signatures as s

DAYS = (0, 30, 60)


def pdf() -> bytes:
    """Signed to B-LTA and carried on twice, a month between."""
    whole = s.signed_lta()
    for days in DAYS[1:]:
        with clock.at(clock.now() + timedelta(days=days)):
            whole = renewing.further_stamp(whole, outside=Inside(s.authority()), roots=s.roots())
    return whole


def container() -> bytes:
    """The same as a container."""
    laid = asic_writing.lay([Part("letter.txt", "text/plain", b"letter"), Part("a.txt", "text/plain", b"annex")])
    (signature,) = s.signer().sign([laid.digest], pin=s.PIN, at=clock.now(), form=Form.CADES)
    assert isinstance(signature, bytes)
    whole = asic_writing.signed(laid, signature, outside=Inside(s.authority()), roots=s.roots())
    for days in DAYS[1:]:
        with clock.at(clock.now() + timedelta(days=days)):
            whole = asic_archiving.carried_on(whole, outside=Inside(s.authority()), roots=s.roots())
    return whole


@pytest.mark.parametrize(("make", "over"), [(pdf, Over.DOCUMENT), (container, Over.ARCHIVE)])
def test_renewed_twice_all_four_stamps_are_told_in_order(make: Any, over: Over) -> None:
    now = clock.now()
    verdict = examine(make(), s.roots(), at=now + timedelta(days=90))
    assert verdict.bottom is Bottom.PASSED
    (finding,) = verdict.findings
    stamps = finding.stamps
    assert [each.over for each in stamps] == [Over.SIGNATURE, over, over, over]
    assert {each.bottom for each in stamps} == {Bottom.PASSED}, [each.sub_indication for each in stamps]
    given = [(each.at - now).days for each in stamps if each.at is not None]
    assert [round(days / 30) for days in given] == [0, 0, 1, 2] and given == sorted(given)
    for each in stamps:
        assert (
            each.who
            and len(each.chain) == 1 + len(each.issuers) >= 2
            and each.valid_until is not None
            and each.algorithms
        )
    assert finding.stamp_chain == stamps[0].chain and finding.archive_chain == stamps[-1].chain
    assert Verdict.from_json(verdict.as_json()) == verdict


def test_a_stamp_that_does_not_hold_is_told_beside_those_that_do() -> None:
    with zipfile.ZipFile(io.BytesIO(container())) as held:
        files = {name: held.read(name) for name in held.namelist()}
    newest = max(name for name in files if name.endswith(".tst"))
    first = min(name for name in files if name.endswith(".tst"))
    files[newest] = files[first]  # a true stamp, over something else
    verdict = examine(asic_archiving.pack(files), s.roots(), at=clock.now() + timedelta(days=90))
    (finding,) = verdict.findings
    assert [each.bottom is Bottom.PASSED for each in finding.stamps] == [True, True, True, False]
    assert finding.stamps[-1].sub_indication == "HASH_FAILURE" and not finding.archive_chain
