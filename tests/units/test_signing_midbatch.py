"""A certificate that is lost in the midst of a batch (F24): what was finished stays verifiable, the rest says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edms import clock
from edms.demo.authority import Inside, revoke
from edms.errors import RuleBroken
from edms.signing.container import Reserved
from edms.signing.examination import examine
from edms.signing.raising import raise_to_lta
from edms.signing.verdicts import Bottom, Level
from tests import signatures as s


def raised(reserved: Reserved, signature: bytes, outside: Inside, of: s.Authority) -> bytes:
    return raise_to_lta(
        reserved.pdf, reserved.start, reserved.end, signature, field="Signature1", outside=outside, roots=s.roots(of)
    ).pdf


def test_revoked_in_mid_batch() -> None:
    of = s.fresh_authority()
    pages = [s.prepared(visible=False) for _ in range(3)]
    made = s.signer(of=of).sign([each.digest for each in pages], pin=s.PIN, at=clock.now())
    first = raised(pages[0], made[0], Inside(of), of)
    revoke(of, "mayor", at=clock.now() - timedelta(seconds=1))
    for page, signature in zip(pages[1:], made[1:], strict=True):
        with pytest.raises(RuleBroken) as refusal:
            raised(page, signature, Inside(of), of)
        assert refusal.value.message == "signing.certificate_revoked"
    for days in (0, 400, 2000):
        verdict = examine(first, s.roots(of), at=clock.now() + timedelta(days=days))
        assert (verdict.bottom, verdict.level) == (Bottom.PASSED, Level.LTA), days


def test_run_out_in_mid_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    of, real = s.authority(), clock.now
    ends = s.signer().opened(s.PIN).card.valid_until
    pages = [s.prepared(visible=False) for _ in range(2)]
    (signature, other) = s.signer().sign([each.digest for each in pages], pin=s.PIN, at=ends)  # on its last second
    assert raised(pages[0], signature, Inside(of), of)
    gone = ends - real() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: real() + gone)
    with pytest.raises(RuleBroken) as refusal:
        raised(pages[1], other, Inside(of), of)
    assert refusal.value.message == "signing.certificate_expired"
    with pytest.raises(RuleBroken):
        s.signer().sign([pages[1].digest], pin=s.PIN, at=clock.now())
