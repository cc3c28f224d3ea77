"""What a check of a signed file says: passed, failed or indeterminate, with its reason (ETSI EN 319 102-1, 5.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Bottom(StrEnum):
    """The bottom line. Indeterminate is an answer: what there is does not suffice to say yes or no."""

    PASSED = "passed"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"


class Form(StrEnum):
    """How a signature is written down."""

    PADES = "pades"  # in a PDF
    CADES = "cades"  # CMS, over a file beside it or around it
    XADES = "xades"  # XML
    ASICE = "asic-e"  # CMS over the manifest of a container, which an archive time stamp can lie over


class Level(StrEnum):
    """How long a signature can prove itself: the baseline levels of ETSI EN 319 142, 319 122 and 319 132."""

    B = "B-B"  # as long as its certificate is valid and somebody answers for it
    T = "B-T"  # with a proven time
    LT = "B-LT"  # with the answers inside
    LTA = "B-LTA"  # with a time stamp over the answers: nobody need be asked


# The bottom line of several signatures is that of the worst.
_WORST = (Bottom.PASSED, Bottom.INDETERMINATE, Bottom.FAILED)

REASONS: Mapping[str, str] = {
    "OK": "signing.verdict_passed",
    "HASH_FAILURE": "signing.verdict_bytes_changed",
    "SIG_CRYPTO_FAILURE": "signing.verdict_signature_wrong",
    "FORMAT_FAILURE": "signing.verdict_format",
    "REVOKED": "signing.verdict_revoked",
    "REVOKED_NO_POE": "signing.verdict_revoked",
    "REVOKED_CA_NO_POE": "signing.verdict_revoked",
    "NOT_YET_VALID": "signing.verdict_not_yet_valid",
    "NO_CERTIFICATE_CHAIN_FOUND": "signing.verdict_unknown_issuer",
    "NO_SIGNING_CERTIFICATE_FOUND": "signing.verdict_unknown_issuer",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": "signing.verdict_unproven",
    "NO_POE": "signing.verdict_unproven",
    "TRY_LATER": "signing.verdict_unproven",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": "signing.verdict_unproven",
    "EXPIRED": "signing.verdict_expired",
    "OUT_OF_BOUNDS_NO_POE": "signing.verdict_expired",
    "OUT_OF_BOUNDS_NOT_REVOKED": "signing.verdict_expired",
    "CRYPTO_CONSTRAINTS_FAILURE": "signing.verdict_weak",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": "signing.verdict_weak",
    "CHAIN_CONSTRAINTS_FAILURE": "signing.verdict_not_for_signing",
    "SIG_CONSTRAINTS_FAILURE": "signing.verdict_not_for_signing",
}
CHANGED_AFTER = "signing.verdict_changed_after"
COVERED = "signing.verdict_covered"
FILES_UNSIGNED = "signing.verdict_files_unsigned"
PART_ONLY = "signing.verdict_part_only"
SIGNED_FILE_MISSING = "signing.verdict_signed_file_missing"
HIGHER_LEVEL = "signing.verdict_higher_level"
STAMP_ONLY = "signing.verdict_stamp_only"
UNSIGNED = "signing.verdict_unsigned"
UNREADABLE = "signing.verdict_unreadable"
UNDECIDED = "signing.verdict_undecided"
TOO_LARGE = "signing.verdict_too_large"
TOO_LONG = "signing.verdict_too_long"
TOO_MANY = "signing.verdict_too_many"
MOST_SIGNATURES = 40
"""Of one file, whatever its form: one with more is somebody's joke."""
LONGEST_TEXT = 300
"""Characters of a name or subject from the file; what is longer is cut, so that nobody's page or row is made of it."""
_TEXTS = frozenset({"field", "who", "organisation", "issuer", "serial", "covers", "issuers"})


class TooMany(ValueError):
    """A file with more signatures than are judged."""


NOT_CHECKED = "signing.verdict_not_checked"


class Over(StrEnum):
    """What a time stamp lies over."""

    SIGNATURE = "signature"
    DOCUMENT = "document"  # a PDF as it was then, whole
    ARCHIVE = "archive"  # all files of a container


@dataclass(frozen=True)
class Stamp:
    """One time stamp: what it says, who gave it, and whether it held when the next one, or the judgement, was made."""

    over: Over
    bottom: Bottom
    reason: str  # message id
    sub_indication: str | None = None
    at: datetime | None = None
    who: str | None = None
    issuers: tuple[str, ...] = ()  # the names up to the trusted root, or of the next only where none is reached
    serial: str | None = None
    valid_until: datetime | None = None  # the certificate of who gave it
    chain: tuple[str, ...] = ()  # up to the trusted root: base64 of DER
    algorithms: tuple[str, ...] = ()  # hash, and key with its size


@dataclass(frozen=True)
class Finding:
    """One signature of a file. `revision_length`: the first so many bytes are what was signed, and what to show."""

    field: str
    bottom: Bottom
    reason: str  # message id
    sub_indication: str | None = None
    who: str | None = None
    organisation: str | None = None
    issuer: str | None = None
    serial: str | None = None
    proven_at: datetime | None = None  # the signature existed then, by a time stamp
    claimed_at: datetime | None = None  # what the signer's machine said
    level: Level | None = None
    changed_after: bool = False
    revision_length: int | None = None
    form: Form = Form.PADES
    covers: tuple[str, ...] = ()  # the names of the files that it signs, where they have names
    changes: tuple[tuple[str, int | None], ...] = ()  # what came after it: message ids, with the page from 1
    chain: tuple[str, ...] = ()  # its certificate up to the trusted root: base64 of DER
    stamp_chain: tuple[str, ...] = ()  # the same of who gave the time stamp
    seal: bool = False  # an organisation's, not a person's signature
    archive_chain: tuple[str, ...] = ()  # the same of who gave the last time stamp over the whole file, where it holds
    signature_value: str | None = None  # base64: which signature this is, for reports
    algorithms: tuple[str, ...] = ()  # what the outermost proof rests on: hash, and key with its size
    stamps: tuple[Stamp, ...] = ()  # every time stamp over it, its own first, then those over all, as they were given


@dataclass(frozen=True)
class Verdict:
    """A file: the worst of its signatures, and each of them."""

    bottom: Bottom
    reason: str
    sub_indication: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def who(self) -> tuple[str, ...]:
        """The signers, in the order of signing."""
        return tuple(finding.who for finding in self.findings if finding.who)

    @property
    def when(self) -> datetime | None:
        """When the last signature was proven to exist."""
        return max((f.proven_at for f in self.findings if f.proven_at), default=None)

    @property
    def level(self) -> Level | None:
        """The lowest level among the signatures."""
        order = list(Level)
        return min((f.level for f in self.findings if f.level), key=order.index, default=None)

    @property
    def changed_after(self) -> bool:
        """Was anything but signatures, time stamps and validation data added after a signature?"""
        return any(finding.changed_after for finding in self.findings)

    @property
    def revision_length(self) -> int | None:
        """How many bytes to show: up to the last signature, or the first whose file was changed afterwards."""
        changed = [f.revision_length for f in self.findings if f.changed_after and f.revision_length]
        known = changed or [f.revision_length for f in self.findings if f.revision_length]
        return (min if changed else max)(known, default=None)

    def as_json(self) -> dict[str, Any]:
        """The verdict for keeping."""
        return {
            "bottom": self.bottom.value,
            "reason": self.reason,
            "sub_indication": self.sub_indication,
            "findings": [_plain(asdict(f)) for f in self.findings],
        }

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Verdict:
        """A kept verdict."""
        return Verdict(
            Bottom(told["bottom"]),
            str(told["reason"]),
            told.get("sub_indication"),
            tuple(_finding(each) for each in told.get("findings", ())),
        )


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """The verdict on a file with these signatures."""
    if not findings:
        return undecided(UNSIGNED)
    decisive = max(findings, key=lambda finding: _WORST.index(finding.bottom))
    return Verdict(decisive.bottom, decisive.reason, decisive.sub_indication, findings)


def undecided(reason: str) -> Verdict:
    """The verdict when no signature could be looked at."""
    return Verdict(Bottom.INDETERMINATE, reason, "SIGNED_DATA_NOT_FOUND" if reason == UNSIGNED else "GENERIC")


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, tuple):
        return [_plain(each, name) for each in value]
    if isinstance(value, dict):
        return {own: _plain(each, own) for own, each in value.items()}
    if isinstance(value, str) and name in _TEXTS and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    return value.isoformat() if isinstance(value, datetime) else value


def _finding(told: Mapping[str, Any]) -> Finding:
    values = _instants(told, "proven_at", "claimed_at")
    values["bottom"] = Bottom(values["bottom"])
    values["level"] = Level(values["level"]) if values.get("level") else None
    values["form"] = Form(values.get("form", Form.PADES))
    values["changes"] = tuple((str(name), page) for name, page in values.get("changes", ()))
    for several in ("covers", "chain", "stamp_chain", "archive_chain", "algorithms"):
        values[several] = tuple(values.get(several, ()))
    values["stamps"] = tuple(_stamp(each) for each in values.get("stamps", ()))
    return Finding(**values)


def _stamp(told: Mapping[str, Any]) -> Stamp:
    values = _instants(told, "at", "valid_until")
    values["over"], values["bottom"] = Over(values["over"]), Bottom(values["bottom"])
    for several in ("issuers", "chain", "algorithms"):
        values[several] = tuple(values[several])
    return Stamp(**values)


def _instants(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name in names and value else value for name, value in told.items()}
