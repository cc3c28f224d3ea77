"""Whom we believe: certificates in folders by country, and national trusted lists signed by a known list signer."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from lxml import etree
from signxml import SignatureConstructionMethod
from signxml.xades import XAdESSigner

from edms import clock
from edms.errors import EdmsError, Invalid
from edms.signing import trust
from edms.signing.examination import examine
from edms.signing.verdicts import Bottom
from tests import signatures as s
from tests import signed_things

GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"


def trusted_list(*, status: str = GRANTED, days: int = 90, signer: str = "seal") -> bytes:
    """A national list with the demo's root as a service, signed by somebody."""
    root = base64.b64encode(signed_things.authority().certificate("root")).decode()
    ends, began = (clock.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"), "2020-01-01T00:00:00Z"
    name = '<Name xml:lang="en">Demo</Name>'
    text = f"""<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" TSLTag="http://uri.etsi.org/19612/TSLTag"
 Id="L"><SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>1</TSLSequenceNumber>
<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType><SchemeOperatorName>{name}</SchemeOperatorName>
<SchemeTerritory>GE</SchemeTerritory><HistoricalInformationPeriod>65535</HistoricalInformationPeriod>
<ListIssueDateTime>{began}</ListIssueDateTime><NextUpdate><dateTime>{ends}</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>{name}</TSPName></TSPInformation><TSPServices>
<TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>
<ServiceName>{name}</ServiceName><ServiceDigitalIdentity><DigitalId><X509Certificate>{root}</X509Certificate></DigitalId>
</ServiceDigitalIdentity><ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{began}</StatusStartingTime>
</ServiceInformation></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList>
</TrustServiceStatusList>"""
    told = signed_things.key_of(signer)
    made = XAdESSigner(method=SignatureConstructionMethod.enveloped, signature_algorithm="ecdsa-sha256")
    return etree.tostring(made.sign(etree.fromstring(text), **told))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Georgia's folder with the list's signer."""
    signers = tmp_path / "ge" / "list-signers"
    signers.mkdir(parents=True)
    (signers / "signer.pem").write_bytes(pem.armor("certificate", signed_things.authority().certificate("seal")))
    return tmp_path


def test_certificates_lie_in_the_folder_and_in_those_of_countries(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "root.crt").write_bytes(s.authority().certificate("root"))
    (tmp_path / "am" / "root.pem").write_bytes(pem.armor("certificate", signed_things.authority().certificate("root")))
    (tmp_path / "am" / "readme.txt").write_text("no certificate")
    found = trust.load(tmp_path)
    assert {each.dump() for each in found} == {
        a.certificate("root") for a in (s.authority(), signed_things.authority())
    }
    assert trust.load(None) == [] == trust.load(tmp_path / "nowhere")
    (tmp_path / "am" / "broken.pem").write_bytes(b"garbage")
    with pytest.raises(Invalid):
        trust.load(tmp_path)


def test_a_list_that_a_known_signer_signed_gives_its_services(folder: Path) -> None:
    (folder / "ge" / "list.xml").write_bytes(trusted_list())
    troubles: list[EdmsError] = []
    found = trust.load(folder, troubles=troubles)
    assert [each.dump() for each in found] == [signed_things.authority().certificate("root")]
    assert troubles == []
    assert examine(signed_things.pdf(), found, at=clock.now()).bottom is Bottom.PASSED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lambda: trusted_list(signer="ec"), "signing.list_not_believed"),
        (lambda: trusted_list().replace(b"<SchemeTerritory>GE", b"<SchemeTerritory>XX"), "signing.list_not_believed"),
        (lambda: trusted_list(days=-1), "signing.list_expired"),
        (lambda: b"<a/>", "signing.list_not_believed"),
        (lambda: b"garbage", "signing.list_unreadable"),
    ],
)
def test_a_list_that_cannot_be_believed_gives_nothing_and_is_named(folder: Path, text, reason: str) -> None:
    (folder / "ge" / "list.xml").write_bytes(text())
    troubles: list[EdmsError] = []
    assert trust.load(folder, troubles=troubles) == []
    assert [each.message for each in troubles] == [reason]


def test_what_was_withdrawn_is_not_trusted(folder: Path) -> None:
    (folder / "ge" / "list.xml").write_bytes(trusted_list(status=WITHDRAWN))
    assert trust.load(folder) == []


def test_the_signers_of_lists_are_not_trusted_for_letters(folder: Path) -> None:
    assert trust.load(folder) == []


def test_a_chain_must_reach_a_root_by_its_keys() -> None:
    own = signed_things.authority()
    leaf, issuing = signed_things.certificate("ec"), signed_things.certificate("issuing")
    assert [c.serial_number for c in trust.chain_of(leaf, [issuing], s.roots(own))][1:] == [2, 1]
    assert trust.chain_of(leaf, [], s.roots(own)) == []
    assert trust.chain_of(leaf, [issuing], s.roots()) == []
