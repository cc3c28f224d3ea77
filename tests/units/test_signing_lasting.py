"""Algorithms end by a table, and a proof by its first end: which it is, when it is due, and that it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.fetchers.api import FetcherBackend, Fetchers
from pyhanko_certvalidator.ltv import ades_past

from edms import clock
from edms.demo.authority import Inside, plan
from edms.errors import Invalid, Unavailable
from edms.signing import algorithms, lasting, renewing
from edms.signing.examination import examine
from edms.signing.proof_models import EndsBy
from edms.signing.verdicts import Bottom, Level
from tests import signatures as s
from tests import signed_things

NOW = datetime(2026, 11, 27, tzinfo=UTC)
YOUNG = "the younger authority"
LONG = timedelta(days=7300)  # the demo's authority, from its beginning


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("sha256", None),
        ("sha1", datetime(2012, 8, 1, tzinfo=UTC)),
        ("rsa-2048", datetime(2029, 1, 1, tzinfo=UTC)),
        ("rsa-4096", datetime(2029, 1, 1, tzinfo=UTC)),
        ("rsa_pss-4096", None),
        ("rsa_pss-2048", datetime(2029, 1, 1, tzinfo=UTC)),
        ("rsa-1024", datetime(2019, 10, 1, tzinfo=UTC)),
        ("ecdsa-256", None),
        ("ecdsa-192", datetime(2012, 8, 1, tzinfo=UTC)),
    ],
)
def test_the_table_knows_names_and_sizes(name: str, until: datetime | None) -> None:
    assert algorithms.shipped().until(name) == until


def test_what_the_table_does_not_know_is_never_believed() -> None:
    table = algorithms.shipped()
    assert not table.judged(["gost-256"], NOW) and not table.judged(["rsa-512"], NOW)
    assert table.judged(["gost-256"], NOW).not_allowed_after is None  # no earlier existence helps
    assert table.judged(["sha256", "ecdsa-256"], NOW)


def test_a_file_stands_in_place_of_the_table_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(_ending("sha256", "2028-01-01"), encoding="utf-8")
    assert algorithms.load(path).until("sha256") == datetime(2028, 1, 1, tzinfo=UTC)
    path.write_text("[[algorithm]]\nname = 3\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        algorithms.load(path)
    assert refused.value.values["name"] == "own.toml"


def test_past_its_algorithm_a_signature_needs_proof_that_it_is_older() -> None:
    """B-T is judged online; the time stamp rests on the same hash, so nothing speaks for it after the end."""
    ends = clock.now() - timedelta(hours=1)
    table = algorithms.Algorithms(_ending("sha256", ends.date().isoformat()))
    for level in ("B-T", "B-LTA"):
        verdict = signed_things.judged(signed_things.pdf(level), algorithms=table)
        (finding,) = verdict.findings
        assert finding.bottom is Bottom.INDETERMINATE, level
        assert finding.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        assert finding.reason == "signing.verdict_weak"


def test_a_time_stamp_by_a_stronger_one_keeps_an_older_signature() -> None:
    """The signer's RSA ends; the archive stamp over it is P-256 and from before."""
    signed = signed_things.pdf("B-LTA", "rsa")
    later = datetime(2029, 6, 1, tzinfo=UTC)
    assert examine(signed, s.roots(signed_things.authority()), at=later).bottom is Bottom.PASSED
    alone = signed_things.judged(signed_things.pdf("B-T", "rsa"), at=later, online=False)
    assert alone.bottom is Bottom.INDETERMINATE


def test_the_first_end_is_told_with_what_ends_it() -> None:
    table = algorithms.shipped()
    archived = lasting.end_of(signed_things.judged(signed_things.pdf("B-LTA")), table)
    assert archived.by is EndsBy.TIME_STAMP and archived.at is not None
    assert timedelta(days=6800) < archived.at - clock.now() < LONG
    plain = lasting.end_of(signed_things.judged(signed_things.pdf("B-T")), table)
    assert plain.by is EndsBy.CERTIFICATE and plain.at is not None and plain.at - clock.now() < timedelta(days=600)
    weak = algorithms.Algorithms(_ending("ecdsa", "2030-01-01"))
    by_table = lasting.end_of(signed_things.judged(signed_things.pdf("B-LTA")), weak)
    assert (by_table.by, by_table.at) == (EndsBy.ALGORITHM, datetime(2030, 1, 1, tzinfo=UTC))


def test_a_further_stamp_carries_it_past_the_end_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty years: renewed at the end of the first certificate by an authority that lives on."""
    old = s.fresh_authority()
    signed = s.signed_lta(of=old)
    end = lasting.end_of(examine(signed, s.roots(old), at=clock.now()), algorithms.shipped()).at
    assert end is not None
    before, after = end - timedelta(days=90), end + timedelta(days=90)
    with clock.at(before):
        monkeypatch.setattr(plan, "MARK", YOUNG)
        young = s.fresh_authority()  # it began 400 days before, and lasts twenty years
        outside = _Both(Inside(old), Inside(young))
        both = [*s.roots(old), *s.roots(young)]
        more = renewing.further_stamp(signed, outside=outside, roots=both)
    assert more.startswith(signed)
    # The library begins its look into the past at the machine's own clock, which stands in this year.
    monkeypatch.setattr(ades_past, "datetime", _Then(after))
    assert examine(signed, both, at=after).bottom is Bottom.INDETERMINATE
    verdict = examine(more, both, at=after)
    assert (verdict.bottom, verdict.level, verdict.changed_after) == (Bottom.PASSED, Level.LTA, False)
    again = lasting.end_of(verdict, algorithms.shipped()).at
    assert again is not None and again > end + timedelta(days=6000)


def test_while_the_authority_is_silent_nothing_is_made() -> None:
    outside = Inside(s.authority())
    outside.down = True
    with pytest.raises(Unavailable):
        renewing.further_stamp(s.signed_lta(), outside=outside, roots=s.roots())


class _Then:
    """A clock for the library."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self, tz: object = None) -> datetime:
        return self._at


class _Both:
    """Two authorities: each answers for its own certificates, the younger gives the time stamps."""

    def __init__(self, old: Inside, young: Inside) -> None:
        self._all = (old, young)

    def timestamper(self) -> TimeStamper:
        return self._all[1].timestamper()

    def fetchers(self) -> FetcherBackend:
        return _Chosen(self._all)


class _Chosen(FetcherBackend):
    def __init__(self, inside: tuple[Inside, ...]) -> None:
        self._each = [each.fetchers().get_fetchers() for each in inside]

    def get_fetchers(self) -> Fetchers:
        old, young = self._each
        return Fetchers(
            _First(old.ocsp_fetcher, young.ocsp_fetcher), _First(old.crl_fetcher, young.crl_fetcher), old.cert_fetcher
        )


class _First:
    """Asks the one whose certificates carry its mark."""

    def __init__(self, old: Any, young: Any) -> None:
        self._old, self._young = old, young

    def _of(self, certificate: Any) -> Any:
        return self._young if YOUNG in certificate.issuer.human_friendly else self._old

    def fetch(self, certificate: Any, *more: Any, **named: Any) -> Any:
        return self._of(certificate).fetch(certificate, *more, **named)

    def fetched_responses(self) -> Any:
        return [*self._old.fetched_responses(), *self._young.fetched_responses()]

    def fetched_responses_for_cert(self, certificate: Any) -> Any:
        return self._of(certificate).fetched_responses_for_cert(certificate)

    def fetched_crls(self) -> Any:
        return [*self._old.fetched_crls(), *self._young.fetched_crls()]

    def fetched_crls_for_cert(self, certificate: Any) -> Any:
        return self._of(certificate).fetched_crls_for_cert(certificate)


def _ending(name: str, day: str) -> str:
    """The shipped table with another end."""
    text = algorithms.SHIPPED.read_text(encoding="utf-8")
    head, _, rest = text.partition(f'name = "{name}"')
    lines = rest.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith("[["):
            break
        if line.startswith("until"):
            lines[number] = ""
    tail = "".join(lines)
    if name in ("ecdsa", "rsa"):
        return text.replace(f'name = "{name}"\nbits = 256', f'name = "{name}"\nbits = 256\nuntil = {day}')
    return f'{head}name = "{name}"\nuntil = {day}\n{tail}'
