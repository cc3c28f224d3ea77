"""A forged letter is told from a good one: no published attack passes, no good signature is called broken, none throws."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from edms import clock
from edms.demo.authority import Inside, make, revoke
from edms.signing import asking, pades
from edms.signing.examination import examine
from edms.signing.validation import validate
from edms.signing.verdicts import Bottom, Level, Verdict
from tests import forgeries, signed_things
from tests import signatures as s
from tests.signed_things import LETTER, judged
from tests.thoroughness import some

GOOD = {name: (made, beside) for name, made, beside in signed_things.all_good()}
FORGED = dict(forgeries.all_forged())
BESIDE = {"letter.txt": LETTER}


def test_there_are_enough_of_both() -> None:
    assert len(GOOD) >= 50 and len(FORGED) >= 100


@pytest.mark.parametrize("name", GOOD)
def test_a_good_signature_passes(name: str) -> None:
    made, beside = GOOD[name]
    verdict = judged(made(), beside=beside)
    assert verdict.bottom is Bottom.PASSED, (verdict.reason, verdict.sub_indication)
    assert not verdict.changed_after
    assert verdict.level is not None
    if "two signers" not in name and "three" not in name and " B-" in name:
        assert verdict.level.value in name


@pytest.mark.parametrize("name", some([*GOOD][::3], [*GOOD]))
def test_a_good_signature_is_never_called_broken_when_nobody_can_be_asked(name: str) -> None:
    made, beside = GOOD[name]
    assert judged(made(), beside=beside, online=False).bottom is not Bottom.FAILED


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_does_not_pass(name: str) -> None:
    verdict = judged(FORGED[name](), beside=BESIDE)
    assert verdict.bottom is not Bottom.PASSED
    assert verdict.reason != "signing.verdict_passed"


def test_what_the_forgeries_are_made_from_is_good() -> None:
    """Else they would prove nothing."""
    assert judged(forgeries.victim()).bottom is Bottom.PASSED
    assert judged(forgeries.shadow_signed()).bottom is Bottom.PASSED
    for permission in (forgeries.MDPPerm.FILL_FORMS, forgeries.MDPPerm.ANNOTATE):
        assert judged(forgeries.certified(permission)).bottom is Bottom.PASSED


def test_the_gate_is_not_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library's own rules instead of ours, forgeries pass: it is our rules that stop them."""
    monkeypatch.setattr(pades, "_changed_after", lambda *_: False)
    monkeypatch.setattr(pades, "_is_trailed", lambda *_: False)
    monkeypatch.setattr(pades, "_acts", lambda *_: False)
    monkeypatch.setattr(pades, "_is_covered", lambda *_: False)
    for name in ("isa: body only B-LTA", "acting field B-LTA", "ssa: signed by somebody known, over the text"):
        assert judged(FORGED[name]()).bottom is Bottom.PASSED, name


def test_what_changed_is_said_in_words_and_the_signed_revision_offered() -> None:
    changed = forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["page added"])
    verdict = judged(changed)
    assert verdict.findings[0].changes == (("signing.change_pages_added", None),)
    assert verdict.revision_length is not None
    assert forgeries.shadow_signed().startswith(changed[: verdict.revision_length])


def test_certificate_revoked_before_the_stamp_does_not_pass() -> None:
    own = s.fresh_authority()
    revoke(own, "mayor", at=clock.now() - timedelta(hours=1))
    reserved = s.prepared()
    (signature,) = s.signer("mayor", own).sign([reserved.digest], pin=s.PIN, at=clock.now())
    signed = s.container.fill(reserved.pdf, reserved.start, reserved.end, signature)
    verdict = _asked(signed, own)
    assert (verdict.bottom, verdict.sub_indication) == (Bottom.INDETERMINATE, "REVOKED_NO_POE")
    assert verdict.reason == "signing.verdict_revoked"


@pytest.mark.parametrize("form", ["cms", "xml", "pdf"])
def test_certificate_that_ran_out_does_not_pass_on_a_bare_stamp(form: str) -> None:
    """The library lets an old time stamp stand for an unknown revocation, and even a stamp given too late."""
    made: dict[str, Callable[[], bytes]] = {
        "cms": lambda: signed_things.message("B-T"),
        "xml": lambda: signed_things.xml("B-T"),
        "pdf": lambda: signed_things.pdf("B-T"),
    }
    later = clock.now() + timedelta(days=1200)
    assert judged(made[form](), at=later, beside=BESIDE).bottom is Bottom.INDETERMINATE


def test_a_stamp_given_after_the_certificate_ran_out_does_not_pass(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = make(
        tmp_path_factory.mktemp("old"), [s.MAYOR], "http://127.0.0.1:1", since=clock.now() - timedelta(days=1000)
    )
    reserved = s.prepared()
    signature = s.signer("mayor", own).opened(s.PIN).signature(reserved.digest)
    stamped = signed_things.stamped(signature, own)
    signed = s.container.fill(reserved.pdf, reserved.start, reserved.end, stamped)
    assert _asked(signed, own).bottom is Bottom.INDETERMINATE


def test_a_cms_that_brings_its_answers_needs_nobody() -> None:
    verdict = judged(signed_things.message("B-LT"), beside=BESIDE, online=False)
    assert (verdict.bottom, verdict.level) == (Bottom.PASSED, Level.LT)


def test_higher_levels_of_xades_are_named_as_not_judged() -> None:
    text = signed_things.xml("B-T").replace(
        b"</xades:UnsignedSignatureProperties>", b"<xades:CertificateValues/></xades:UnsignedSignatureProperties>"
    )
    verdict = judged(text, at=clock.now() + timedelta(days=1200))
    assert (verdict.bottom, verdict.reason) == (Bottom.INDETERMINATE, "signing.verdict_higher_level")


def test_nobody_is_asked_about_a_chain_that_no_root_vouches_for() -> None:
    """The addresses to ask stand in certificates: those of strangers lead nowhere."""
    told = examine(s.signed_b(), s.roots(), at=clock.now()).findings
    assert asking.ask(told, Inside(s.authority()), s.roots())
    assert not asking.ask(told, Inside(s.authority()), s.roots(signed_things.authority()))


def test_the_child_says_the_same() -> None:
    for signed in (signed_things.message(detached=False), signed_things.asic_e_xades("B-B"), forgeries.victim("B-B")):
        at = clock.now()
        roots = s.roots(signed_things.authority())
        assert validate(signed, roots, at=at) == examine(signed, roots, at=at)


def test_a_verdict_of_every_form_survives_being_kept() -> None:
    for signed in (
        signed_things.asic_e(),
        forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["eaa: stamp"]),
    ):
        verdict = judged(signed)
        assert Verdict.from_json(verdict.as_json()) == verdict


@pytest.mark.parametrize(
    "whole", [b"", b"PK\x03\x04", b"<", b"<a", b"0\x80", b"MIAG", b"\x30\x82\xff\xff\x06", b"\0" * 9]
)
def test_remains_are_indeterminate(whole: bytes) -> None:
    assert judged(whole).bottom is Bottom.INDETERMINATE


def _asked(signed: bytes, own: s.Authority) -> Verdict:
    at = clock.now()
    first = examine(signed, s.roots(own), at=at)
    heard = asking.ask(first.findings, Inside(own), s.roots(own))
    return examine(signed, s.roots(own), at=clock.now(), answers=heard)
