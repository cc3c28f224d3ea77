"""What a judgement rests on: what is trusted, at which instant, and what was answered outside about revocation."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl, ocsp, x509
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from edms.signing.algorithms import Algorithms, shipped
from edms.signing.trust import Roots

# What was known of a time-stamp authority when it stamped is believed until its certificate ends: offline nobody can
# be asked again, and a new time stamp must lie over the file by then anyway. See docs/adr on signatures.
TIME_AUTHORITY = CertRevTrustPolicy(
    REQUIRE_REVINFO,
    freshness=timedelta(days=365 * 30),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
)


@dataclass(frozen=True)
class Answers:
    """Revocation answers as they came, DER."""

    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ocsps or self.crls)

    def as_json(self) -> dict[str, Any]:
        """For the child."""
        return {name: [base64.b64encode(each).decode() for each in getattr(self, name)] for name in ("ocsps", "crls")}

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Answers:
        """In the child."""
        return Answers(*(tuple(base64.b64decode(each) for each in told.get(name, ())) for name in ("ocsps", "crls")))


@dataclass(frozen=True)
class Grounds:
    """`at` is the instant of the judgement; nobody is asked from here, `answers` is all that is known from outside."""

    roots: Roots
    at: datetime
    answers: Answers = field(default_factory=Answers)
    algorithms: Algorithms = field(default_factory=shipped)

    def moved(self, at: datetime) -> Grounds:
        """The same at another instant."""
        return Grounds(self.roots, at, self.answers, self.algorithms)

    @property
    def timing(self) -> ValidationTimingInfo:
        """The instant, for the library."""
        return ValidationTimingInfo(validation_time=self.at, best_signature_time=self.at, point_in_time_validation=True)

    def spec(self, inside: LocalKnowledge | None = None) -> SignatureValidationSpec:
        """The rules, for the library; `inside` is what the file itself brings where the library does not look."""
        trust = SimpleTrustManager.build(trust_roots=list(self.roots))
        told = knowledge(self.answers.ocsps, self.answers.crls)
        inside = inside or LocalKnowledge()
        return SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust, CertRevTrustPolicy(REQUIRE_REVINFO), algorithm_usage_policy=self.algorithms
            ),
            ts_cert_validation_policy=CertValidationPolicySpec(
                trust, TIME_AUTHORITY, algorithm_usage_policy=self.algorithms
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            local_knowledge=LocalKnowledge(
                known_ocsps=told.known_ocsps + inside.known_ocsps,
                known_crls=told.known_crls + inside.known_crls,
                known_certs=inside.known_certs,
            ),
        )


def knowledge(
    ocsps: Sequence[bytes], crls: Sequence[bytes], certificates: Sequence[x509.Certificate] = ()
) -> LocalKnowledge:
    """DER in the library's form."""
    return LocalKnowledge(
        known_ocsps=[one for each in ocsps for one in OCSPContainer.load_multi(ocsp.OCSPResponse.load(each))],
        known_crls=[CRLContainer(crl.CertificateList.load(each)) for each in crls],
        known_certs=list(certificates),
    )
