"""Putting into a CMS what answers for its certificates: the chains, and what is said now of their revocation.

Neither lies under a signature (RFC 5652, 10.2): a signature or a time stamp that is given them stays what it was.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from asn1crypto import cms, crl, ocsp, x509

from edms.errors import Unavailable
from edms.signing import asking
from edms.signing import cms_judging as judging
from edms.signing.outside import Outside
from edms.signing.trust import Roots, chain_of
from edms.signing.verdicts import Bottom, Finding

_OCSP_INSIDE = "1.3.6.1.5.5.7.16.2"  # id-ri-ocsp-response, RFC 5940


def answered(content: cms.ContentInfo, findings: Sequence[Finding], *, outside: Outside, roots: Roots) -> bytes:
    """The CMS with the chains of these findings and the answers about them. Errors: Unavailable when nobody answers."""
    held = content["content"]
    answers = asking.ask(findings, outside, roots)
    if not answers:
        raise Unavailable("signing.revocation_silent")
    chains = [each for finding in findings for each in (*finding.chain[:-1], *finding.stamp_chain[:-1])]
    added = {der: x509.Certificate.load(base64.b64decode(der)) for der in chains}
    given = {each.sha256 for each in judging.certificates_of(held)}
    fresh = [each for each in added.values() if each.sha256 not in given]
    held["certificates"] = cms.CertificateSet([*(held["certificates"] or ()), *fresh])
    held["crls"] = cms.RevocationInfoChoices(
        [
            *(cms.RevocationInfoChoice("crl", crl.CertificateList.load(each)) for each in answers.crls),
            *(_answer(each) for each in answers.ocsps),
        ]
    )
    held["version"] = "v5"  # RFC 5652, 5.1: there are answers of another form
    made: bytes = content.dump(force=True)
    return made


def of_stamp(token: cms.SignedData, roots: Roots) -> Finding:
    """The chain of who gave a time stamp, in the form in which it is asked about."""
    known = judging.certificates_of(token)
    signer = judging.signer_certificate(token, known)
    chain = judging.as_text(chain_of(signer, known, roots)) if signer is not None else ()
    return Finding("", Bottom.INDETERMINATE, "", chain=chain)


def _answer(der: bytes) -> cms.RevocationInfoChoice:
    told = {"other_rev_info_format": _OCSP_INSIDE, "other_rev_info": ocsp.OCSPResponse.load(der)}
    return cms.RevocationInfoChoice("other", cms.OtherRevocationInfoFormat(told))
