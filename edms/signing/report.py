"""The report of a check in the form that other systems read (ETSI TS 119 102-2 V1.4.1), made from the kept verdict.

It says what our verdict says. The signature library can write such reports too, but of its own judgement, and what it
lets pass is not all that we let pass: a report that says otherwise than the page would be worse than none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lxml import etree

from edms.registry.models import Content
from edms.signing.models import VerdictLine
from edms.signing.verdicts import Bottom, Level

MEDIA = "application/xml"
VR = "http://uri.etsi.org/19102/v1.4.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_NAMES = {"vr": VR, "ds": DS, "XAdES": XADES}
_MAIN = {Bottom.PASSED: "total-passed", Bottom.FAILED: "total-failed", Bottom.INDETERMINATE: "indeterminate"}
# Which process of EN 319 102-1 a level is judged by: 5.3, 5.5, 5.6.
_PROCESS = {None: "Basic", Level.B: "Basic", Level.T: "LTVM", Level.LT: "LTVM", Level.LTA: "LTA"}
_CHAINS = ("chain", "stamp_chain", "archive_chain")


def report(content: Content, line: VerdictLine) -> bytes:
    """The report on the signatures of a file; without a signature that could be read it holds none."""
    root = etree.Element(f"{{{VR}}}ValidationReport", nsmap=_NAMES)
    for number, finding in enumerate(line.findings):
        _signature(root, number, finding, content, line.checked_at)
    if not line.findings:
        _unread(root, content, line)
    objects = _under(root, VR, "SignatureValidationObjects")
    file = _under(objects, VR, "ValidationObject", id="file")
    _under(file, VR, "ObjectType", "urn:etsi:019102:validationObject:signedData")
    _digest(_under(file, VR, "ValidationObjectRepresentation"), content.sha256)
    for ident, der in _certificates(line).items():
        held = _under(objects, VR, "ValidationObject", id=ident)
        _under(held, VR, "ObjectType", "urn:etsi:019102:validationObject:certificate")
        _under(_under(held, VR, "ValidationObjectRepresentation"), VR, "base64", der)
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return made


def _signature(root: Any, number: int, told: Mapping[str, Any], content: Content, checked_at: datetime) -> None:
    one = _under(root, VR, "SignatureValidationReport")
    named = _under(one, VR, "SignatureIdentifier", id=f"signature-{number}")
    if told.get("signature_value"):
        _under(named, DS, "SignatureValue", told["signature_value"])
    _under(named, VR, "HashOnly", "false")
    _under(named, VR, "DocHashOnly", "false")
    if told.get("field"):
        _under(named, VR, "DAIdentifier", told["field"])
    times = _under(one, VR, "ValidationTimeInfo")
    _under(times, VR, "ValidationTime", _instant(checked_at))
    best = _under(times, VR, "BestSignatureTime")
    _under(best, VR, "POETime", told.get("proven_at") or _instant(checked_at))
    _under(best, VR, "TypeOfProof", "urn:etsi:019102:poetype:validation")
    document = _under(one, VR, "SignersDocument")
    _digest(document, content.sha256)
    _under(document, VR, "SignersDocumentRef", VOReference="file")
    if told.get("claimed_at"):
        signed = _under(_under(one, VR, "SignatureAttributes"), VR, "SigningTime", Signed="true")
        _under(signed, VR, "Time", told["claimed_at"])
    chain = told.get("chain") or ()
    if chain:
        who = _under(one, VR, "SignerInformation")
        _under(who, VR, "SignerCertificate", VOReference=_ident(chain[0]))
        _under(who, VR, "Signer", told.get("who") or "-")
    level = Level(told["level"]) if told.get("level") else None
    process = _under(one, VR, "SignatureValidationProcess")
    _under(process, VR, "SignatureValidationProcessID", f"urn:etsi:019102:validationprocess:{_PROCESS[level]}")
    _status(one, Bottom(told["bottom"]), told.get("sub_indication"), chain)


def _unread(root: Any, content: Content, line: VerdictLine) -> None:
    one = _under(root, VR, "SignatureValidationReport")
    _digest(_under(one, VR, "SignersDocument"), content.sha256)
    _under(one[0], VR, "SignersDocumentRef", VOReference="file")
    _status(one, line.bottom, line.sub_indication, ())


def _status(one: Any, bottom: Bottom, sub: str | None, chain: Any) -> None:
    status = _under(one, VR, "SignatureValidationStatus")
    _under(status, VR, "MainIndication", f"urn:etsi:019102:mainindication:{_MAIN[bottom]}")
    if sub and bottom is not Bottom.PASSED:
        _under(status, VR, "SubIndication", f"urn:etsi:019102:subindication:{sub}")
    if chain:
        rests = _under(status, VR, "AssociatedValidationReportData")
        _under(rests, VR, "TrustAnchor", VOReference=_ident(chain[-1]))
        path = _under(rests, VR, "CertificateChain")
        _under(path, VR, "SigningCertificate", VOReference=_ident(chain[0]))
        for each in chain[1:-1]:
            _under(path, VR, "IntermediateCertificate", VOReference=_ident(each))
        if len(chain) > 1:
            _under(path, VR, "TrustAnchor", VOReference=_ident(chain[-1]))


def _certificates(line: VerdictLine) -> dict[str, str]:
    chains = [told.get(name) or () for told in line.findings for name in _CHAINS]
    chains += [stamp["chain"] for told in line.findings for stamp in told.get("stamps") or ()]
    return {_ident(der): der for chain in chains for der in chain}


def _ident(der: str) -> str:
    return f"certificate-{hashlib.sha256(base64.b64decode(der)).hexdigest()}"


def _digest(above: Any, sha256: bytes) -> None:
    held = _under(above, VR, "DigestAlgAndValue")
    _under(held, DS, "DigestMethod", Algorithm=SHA256)
    _under(held, DS, "DigestValue", base64.b64encode(sha256).decode())


def _instant(at: datetime) -> str:
    return at.isoformat()


def _under(above: Any, space: str, name: str, text: str | None = None, **attributes: str) -> Any:
    made = etree.SubElement(above, f"{{{space}}}{name}", attributes)
    # What XML cannot hold, a forged name may: it is left out of the report, and stands in the evidence.
    made.text = "".join(c for c in text if c >= " " and c not in "\ufffe\uffff") if text is not None else None
    return made
