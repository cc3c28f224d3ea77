"""What was found about signatures, for a page: plain words first, the evidence behind; and what was signed, to take away."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response as Answer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.errors import NotFound
from edms.registry.models import Content
from edms.signing import proofs, verdict_lines
from edms.signing import report as reports
from edms.signing.models import VerdictLine
from edms.signing.proof_models import Renewal, SignatureProof
from edms.signing.verdicts import Bottom, Form
from edms.storage.port import PIECE, ContentStore
from edms.web.kit import language, t, zone

MOST_NAMED = 20  # files, in the line that says what a signature is over
MARKS = {Bottom.PASSED: "calm", Bottom.FAILED: "late", Bottom.INDETERMINATE: "near"}
# Is it a seal, does it pass: a person's signature and an organisation's seal are told apart.
_BY = {(False, True): "by", (False, False): "says_by", (True, True): "sealed_by", (True, False): "says_sealed_by"}
Address = Callable[[str, int], str]


def panels(session: Session, content_ids: Collection[int], address: Address) -> list[dict[str, Any]]:
    """The verdicts on these contents and on what came out of them; `address` makes links: (what, content id)."""
    found = verdict_lines.within(session, content_ids)
    if not found:
        return []
    lasting = proofs.of(session, [content.content_id for content, _ in found])
    return [panel(content, line, address, lasting) for content, line in found]


def panel(
    content: Content, line: VerdictLine, address: Address, lasting: Mapping[int, SignatureProof]
) -> dict[str, Any]:
    """One file with its signatures, how long they prove themselves, and whether another carries its proof on."""
    proof = lasting.get(content.content_id)
    carries = any(each.renewed_by_id == content.content_id for each in lasting.values())
    return {
        **_lasting(proof, carries),
        "carried_on": address("carried_on", content.content_id) if carries else None,
        "report": address("report", content.content_id),
        **sentences(line.bottom, line.reason, line.findings),
        "name": content.name,
        "checked": words.datetime(language(), line.checked_at, zone()),
        "signed": address("signed", content.content_id) if _is_shorter(content, line) else None,
        "evidence": address("evidence", content.content_id),
        "again": address("check", content.content_id),
    }


def sentences(bottom: Bottom, reason: str, findings: Collection[dict[str, Any]]) -> dict[str, Any]:
    """The verdict in plain words, and each signature of it."""
    return {
        "kind": MARKS[bottom],
        "bottom": bottom.value,
        "head": t(f"signing.panel.{bottom.value}"),
        "reason": t(reason),
        "each": [_signature(finding) for finding in findings],
    }


def whole(store: ContentStore, content: Content) -> Response:
    """The file that carries a proof on."""
    stream = store.open(content.store_key)

    def pieces() -> Iterator[bytes]:
        with stream:
            while piece := stream.read(PIECE):
                yield piece

    return Answer(pieces(), mimetype="application/octet-stream", headers=_as_file(content.name, content.size))


def report(content: Content, line: VerdictLine | None) -> Response:
    """The report of the check for other systems. Errors: NotFound where nothing was judged."""
    if line is None:
        raise NotFound
    told = reports.report(content, line)
    return Answer(told, mimetype=reports.MEDIA, headers=_as_file(f"{content.name}.validation-report.xml", len(told)))


def signed_part(store: ContentStore, content: Content, line: VerdictLine | None) -> Response:
    """The revision that was signed, as a file. Errors: NotFound where there is none shorter than the file itself."""
    if line is None or line.revision_length is None or not _is_shorter(content, line):
        raise NotFound
    left = line.revision_length
    stream = store.open(content.store_key)

    def pieces() -> Iterator[bytes]:
        rest = left
        with stream:
            while rest > 0 and (piece := stream.read(min(PIECE, rest))):
                rest -= len(piece)
                yield piece

    return Answer(pieces(), mimetype="application/octet-stream", headers=_as_file(f"signed-{content.name}", left))


def evidence(content: Content, line: VerdictLine | None) -> Response:
    """All that the verdict rests on, as a file. Errors: NotFound where nothing was judged."""
    if line is None:
        raise NotFound
    told = json.dumps(verdict_lines.evidence(content, line), ensure_ascii=False, indent=1).encode()
    return Answer(told, mimetype="application/json", headers=_as_file(f"{content.name}.signatures.json", len(told)))


def _lasting(proof: SignatureProof | None, carries: bool) -> dict[str, Any]:
    until = proof.proven_until if proof is not None and proof.bottom is Bottom.PASSED else None
    return {
        "until": t("proving.until", day=words.date(language(), clock.day_of(until, zone())))
        if until is not None
        else "",
        "goes_on": t("proving.goes_on") if proof is not None and proof.renewal is Renewal.DONE else "",
        "also": t("proving.carried_on") if carries else "",
    }


def _signature(finding: dict[str, Any]) -> dict[str, Any]:
    bottom = Bottom(finding["bottom"])
    who = ", ".join(each for each in (finding.get("who"), finding.get("organisation")) if each)
    proven, claimed = finding.get("proven_at"), finding.get("claimed_at")
    return {
        "kind": MARKS[bottom],
        "reason": t(finding["reason"]),
        "by": t(f"signing.panel.{_BY[bool(finding.get('seal')), bottom is Bottom.PASSED]}", who=who) if who else "",
        "when": _when(proven, "since") or _when(claimed, "claimed"),
        "lasts": t("signing.panel.valid_today") if bottom is Bottom.PASSED and not proven else "",
        "changes": [
            t(message, page=page) for message, page in finding.get("changes", ()) if message != finding["reason"]
        ],
        "who": who,
        "issuer": finding.get("issuer"),
        "serial": finding.get("serial"),
        "level": finding.get("level"),
        "form": {Form.PADES: "PAdES", Form.CADES: "CAdES", Form.XADES: "XAdES", Form.ASICE: "ASiC-E"}[
            Form(finding.get("form", "pades"))
        ],
        "indication": " ".join(filter(None, (bottom.value.upper(), finding.get("sub_indication")))),
        "covers": _files(finding.get("covers", ())),
        "stamps": [_stamp(number, told) for number, told in enumerate(finding.get("stamps", ()), 1)],
    }


def _files(names: Sequence[str]) -> str:
    """The files that a signature is over: the first of them by name, then how many more."""
    named = ", ".join(names[:MOST_NAMED])
    return t("signing.panel.and_more_files", names=named, n=len(names) - MOST_NAMED) if names[MOST_NAMED:] else named


def _stamp(number: int, told: dict[str, Any]) -> tuple[str, str]:
    """One time stamp for the evidence: what it lies over; when, by whom up to which root, until when, does it hold."""
    until = told.get("valid_until")
    day = words.date(language(), clock.day_of(datetime.fromisoformat(until), zone())) if until else ""
    said = (
        words.datetime(language(), datetime.fromisoformat(told["at"]), zone()) if told.get("at") else "",
        " ← ".join(filter(None, (told.get("who"), *told.get("issuers", ())))),
        t("signing.stamp.until", day=day) if day else "",
        t("signing.stamp.holds") if told["bottom"] == Bottom.PASSED else t(told["reason"]),
    )
    return t(f"signing.stamp.{told['over']}", n=number), " · ".join(filter(None, said))


def _when(told: str | None, how: str) -> str:
    if not told:
        return ""
    at = datetime.fromisoformat(told)
    day, time = words.date(language(), clock.day_of(at, zone())), words.clock_time(at, zone())
    return t(f"signing.panel.{how}", at=f"{day} {time}")


def _is_shorter(content: Content, line: VerdictLine) -> bool:
    return line.revision_length is not None and line.revision_length < content.size


def _as_file(name: str, size: int) -> dict[str, str]:
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
