"""Asking outside whether the certificates of a letter from elsewhere were revoked: OCSP first, else the CRL.

Only certificates that a trusted root vouches for are asked about, which is proven here anew: the addresses stand in the
certificates, and nobody but a trusted authority may tell this machine where to go.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable
from itertools import pairwise

from asn1crypto import x509
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers.api import Fetchers

from edms.errors import Unavailable
from edms.signing.grounds import Answers
from edms.signing.outside import Outside
from edms.signing.trust import Roots, chain_of
from edms.signing.verdicts import Finding

MOST_QUESTIONS = 24
LARGEST_CRL = 8 << 20


def ask(findings: Iterable[Finding], outside: Outside, roots: Roots) -> Answers:
    """What is answered about the chains of these signatures and their time stamps; who does not answer is left out."""
    pairs: dict[bytes, tuple[x509.Certificate, x509.Certificate]] = {}
    for finding in findings:
        for chain in (finding.chain, finding.stamp_chain):
            for certificate, issuer in _links(chain, roots):
                pairs[certificate.sha256] = (certificate, issuer)
    try:
        fetchers = outside.fetchers().get_fetchers()
    except Unavailable:
        return Answers()
    return asyncio.run(_all(fetchers, list(pairs.values())[:MOST_QUESTIONS]))


def _links(chain: tuple[str, ...], roots: Roots) -> list[tuple[x509.Certificate, x509.Certificate]]:
    """Each certificate with its issuer, when the chain leads to a root that is trusted; it came out of the sandbox."""
    try:
        told = [x509.Certificate.load(base64.b64decode(each)) for each in chain]
        proven = chain_of(told[0], told[1:], roots) if told else []
    except (ValueError, TypeError):
        return []
    return list(pairwise(proven))


async def _all(fetchers: Fetchers, pairs: list[tuple[x509.Certificate, x509.Certificate]]) -> Answers:
    answers = await asyncio.gather(*(_one(fetchers, certificate, issuer) for certificate, issuer in pairs))
    return Answers(tuple(a for each in answers for a in each.ocsps), tuple(a for each in answers for a in each.crls))


async def _one(fetchers: Fetchers, certificate: x509.Certificate, issuer: x509.Certificate) -> Answers:
    if certificate.ocsp_urls:
        try:
            answer = await fetchers.ocsp_fetcher.fetch(certificate, AuthorityWithCert(issuer))
            return Answers(ocsps=(answer.dump(),))
        except (OCSPFetchError, OSError, ValueError):
            pass  # who answers no questions may still publish a list
    if certificate.crl_distribution_points:
        try:
            lists = [each.dump() for each in await fetchers.crl_fetcher.fetch(certificate)]
            return Answers(crls=tuple(each for each in lists if len(each) <= LARGEST_CRL))
        except (CRLFetchError, OSError, ValueError):
            pass
    return Answers()
