"""Good signatures of every form and level, from the demo authority: what must never be called broken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import shutil
import tempfile
import zipfile
from atexit import register
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import cms, crl, ocsp, x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from lxml import etree
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.general import simple_cms_attribute
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore, collect_validation_info
from pyhanko_certvalidator import ValidationContext
from signxml import SignatureConstructionMethod
from signxml.xades import XAdESSigner

from edms import clock
from edms.demo.authority import Authority, Holder, Inside, make
from edms.signing import asking, container
from edms.signing.examination import examine
from edms.signing.grounds import Answers
from edms.signing.raising import raise_to_lta
from edms.signing.verdicts import Verdict
from tests import signatures as s

RSA = Holder("rsa", "ნინო ჯაფარიძე", "სხვა მუნიციპალიტეტი", s.PIN)
EC = Holder("ec", "Գագիկ Պետրոսյան", "Այլ համայնք", s.PIN, country="AM")
SEAL = Holder("seal", "მერიის ბეჭედი", "ქვემოს მუნიციპალიტეტი", s.PIN, seal=True)
LETTER = "Գրություն, წერილი, letter".encode()
LISTED = (
    b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    b'<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.etsi.asic-e+zip"/>'
    b'<manifest:file-entry manifest:full-path="letter.txt" manifest:media-type="text/plain"/></manifest:manifest>'
)
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@cache
def authority() -> Authority:
    """An authority whose people hold RSA and P-256 keys."""
    folder = Path(tempfile.mkdtemp(prefix="edms-test-authority-"))
    register(shutil.rmtree, folder, ignore_errors=True)
    keys = folder / "authority" / "keys"
    keys.mkdir(parents=True)
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (keys / "rsa.pem").write_bytes(key)
    began = clock.now().replace(microsecond=0) - timedelta(days=400)
    return make(folder, [RSA, EC, SEAL], "http://127.0.0.1:1", since=began)


def answers(verdict: Verdict) -> Answers:
    """What the authority answers about the chains of a verdict."""
    return asking.ask(verdict.findings, Inside(authority()), s.roots(authority()))


def judged(signed: bytes, *, at: datetime | None = None, online: bool = True, **more: Any) -> Verdict:
    """The verdict, with the authority asked."""
    moment = at or clock.now()
    first = examine(signed, s.roots(authority()), at=moment, **more)
    if not online or first.bottom.value != "indeterminate":
        return first
    heard = answers(first)
    return examine(signed, s.roots(authority()), at=at or clock.now(), answers=heard, **more)


def pdf(level: str = "B-LTA", code: str = "ec", source: bytes | None = None, *, field: str = "", visible: bool = True, at_height: float = 100) -> bytes:  # fmt: skip
    """A PDF signed at a level."""
    taken = container.signature_fields(source or s.page())
    field = field or container.free_fields(taken)[0]
    reserved = s.prepared(source, field=field, visible=visible, at_height=at_height)
    (signature,) = s.signer(code, authority()).sign([reserved.digest], pin=s.PIN, at=clock.now())
    if level == "B-B":
        return container.fill(reserved.pdf, reserved.start, reserved.end, signature)
    if level in ("B-T", "B-LT"):
        done = container.fill(reserved.pdf, reserved.start, reserved.end, stamped(signature))
        return done if level == "B-T" else _with_store(done)
    return raise_to_lta(
        reserved.pdf, reserved.start, reserved.end, signature, field=field, outside=Inside(authority()),
        roots=s.roots(authority()),
    ).pdf  # fmt: skip


def in_empty_field(code: str = "ec", level: str = "B-LTA") -> bytes:
    """A form with an empty place for a signature, which is then signed there by somebody, and by another beside it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(s.page()))
    append_signature_field(writer, SigFieldSpec("Director", box=(50, 60, 200, 90)))
    made = io.BytesIO()
    writer.write(made)
    return pdf(level, code, made.getvalue())


def with_form(code: str = "ec", level: str = "B-LTA") -> bytes:
    """A filled form, signed after it was filled."""
    with pikepdf.open(io.BytesIO(s.page())) as opened:
        sheet = opened.pages[0].obj
        field = opened.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="sum", V="100", F=4,
                Rect=[100, 100, 200, 120], P=sheet,
            )
        )  # fmt: skip
        sheet.Annots = pikepdf.Array([field])
        opened.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        made = io.BytesIO()
        opened.save(made)
    return pdf(level, code, made.getvalue(), at_height=300)


def written(*, pages: int = 1, **save: Any) -> bytes:
    """The letter as another program would write it: object streams, several pages."""
    with pikepdf.open(io.BytesIO(s.page())) as opened:
        for _ in range(pages - 1):
            opened.pages.append(opened.pages[0])
        made = io.BytesIO()
        opened.save(made, **save)
    return made.getvalue()


def message(level: str = "B-T", code: str = "ec", data: bytes = LETTER, *, detached: bool = True) -> bytes:
    """A CAdES signature, by the library's own signer: others sign so."""
    signer = signer_of(code)
    stamper = None if level == "B-B" else Inside(authority()).timestamper()
    made = asyncio.run(
        signer.async_sign_general_data(data, "sha256", detached=detached, use_cades=True, timestamper=stamper)
    )
    if level == "B-LT":
        made = _with_answers(made)
    return bytes(made.dump())


@cache
def signer_of(code: str) -> SimpleSigner:
    """Somebody's key in the library's own signer."""
    signer = SimpleSigner.load_pkcs12(str(authority().pkcs12(code)), passphrase=s.PIN.encode())
    assert signer is not None
    return signer


def two_signers(data: bytes = LETTER) -> bytes:
    """One CMS with two signers."""
    one, two = (cms.ContentInfo.load(message("B-T", code, data)) for code in ("ec", "rsa"))
    signed = one["content"]
    signed["signer_infos"] = cms.SignerInfos([*signed["signer_infos"], *two["content"]["signer_infos"]])
    signed["certificates"] = cms.CertificateSet([*signed["certificates"], *two["content"]["certificates"]])
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def packed(files: dict[str, bytes]) -> bytes:
    """A ZIP."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, whole in files.items():
            archive.writestr(name, whole)
    return made.getvalue()


def asic_s(level: str = "B-T", code: str = "ec") -> bytes:
    """One file and its signature."""
    return packed(
        {"mimetype": b"application/vnd.etsi.asic-s+zip", "letter.txt": LETTER,
         "META-INF/signature.p7s": message(level, code)}
    )  # fmt: skip


def manifest(files: dict[str, bytes], signature: str = "META-INF/signature001.p7s") -> bytes:
    """The manifest of an ASiC-E."""
    told = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{base64.b64encode(hashlib.sha256(whole).digest()).decode()}</ds:DigestValue>"
        "</asic:DataObjectReference>"
        for name, whole in files.items()
    )
    return (
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{signature}" MimeType="application/x-pkcs7-signature"/>{told}</asic:ASiCManifest>'
    ).encode()


def asic_e(level: str = "B-T", code: str = "ec") -> bytes:
    """Two files, a manifest, its signature."""
    files = {"letter.txt": LETTER, "annex.txt": b"annex"}
    listed = manifest(files)
    return packed(
        {"mimetype": b"application/vnd.etsi.asic-e+zip", **files, "META-INF/ASiCManifest001.xml": listed,
         "META-INF/signature001.p7s": message(level, code, listed)}
    )  # fmt: skip


def xml(level: str = "B-B", code: str = "ec") -> bytes:
    """An XML letter with its signature inside."""
    root = etree.fromstring("<letter><text>გზის შესახებ</text></letter>")
    signed = _xml_signer(code, SignatureConstructionMethod.enveloped).sign(root, **key_of(code))
    return etree.tostring(_xml_stamped(signed) if level != "B-B" else signed, encoding="utf-8")


def asic_e_xades(level: str = "B-T", code: str = "ec") -> bytes:
    """A container with an XAdES signature over its file, written without signxml."""
    held = etree.fromstring(b'<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"/>')
    signed = _detached(held, {"letter.txt": LETTER}, code)
    if level != "B-B":
        _xml_stamped(signed)
    return packed(
        {"mimetype": b"application/vnd.etsi.asic-e+zip", "letter.txt": LETTER,
         "META-INF/manifest.xml": LISTED, "META-INF/signatures.xml": etree.tostring(held)}
    )  # fmt: skip


def all_good() -> Iterator[tuple[str, Callable[[], bytes], dict[str, bytes]]]:
    """Fifty and more: a name, how it is made, and what lies beside it."""
    beside = {"letter.txt": LETTER}
    for code in ("ec", "rsa", "seal"):
        for level in ("B-B", "B-T", "B-LT", "B-LTA"):
            yield f"pdf {level} {code}", lambda level=level, code=code: pdf(level, code), {}
            if code != "seal":
                yield f"pdf unseen {level} {code}", lambda level=level, code=code: pdf(level, code, visible=False), {}
    for level in ("B-B", "B-T", "B-LT", "B-LTA"):
        yield f"form {level}", lambda level=level: with_form("rsa", level), {}
        yield f"empty field {level}", lambda level=level: in_empty_field("ec", level), {}
        yield f"two signers {level}", lambda level=level: pdf(level, "rsa", pdf("B-LTA"), at_height=300), {}
    yield "three signers", lambda: pdf("B-LTA", "seal", pdf("B-LTA", "rsa", pdf(), at_height=300), visible=False), {}
    yield "object streams", lambda: pdf(source=written(object_stream_mode=pikepdf.ObjectStreamMode.generate)), {}
    yield "five pages", lambda: pdf(source=written(pages=5)), {}
    yield "linear", lambda: pdf(source=written(linearize=True)), {}
    yield (
        "renewed",
        lambda: pdf("B-LTA", "ec", pdf("B-LTA", "ec", pdf("B-LTA", "rsa"), visible=False), visible=False),
        {},
    )
    for code in ("ec", "rsa"):
        for level in ("B-B", "B-T", "B-LT"):
            yield f"cms beside {level} {code}", lambda level=level, code=code: message(level, code), beside
            yield f"cms around {level} {code}", lambda level=level, code=code: message(level, code, detached=False), {}
        yield f"asic-s {code}", lambda code=code: asic_s(code=code), {}
        yield f"asic-e {code}", lambda code=code: asic_e(code=code), {}
        for level in ("B-B", "B-T"):
            yield f"xml {level} {code}", lambda level=level, code=code: xml(level, code), {}
            yield f"asic-e xades {level} {code}", lambda level=level, code=code: asic_e_xades(level, code), {}
    yield "cms two signers", two_signers, beside
    yield "cms in base64", lambda: base64.encodebytes(message()), beside


def stamped(signature: bytes, of: Authority | None = None) -> bytes:
    """A CMS with a time stamp over its signature."""
    content = cms.ContentInfo.load(signature)
    signer = content["content"]["signer_infos"][0]
    imprint = hashlib.sha256(signer["signature"].native).digest()
    token = asyncio.run(Inside(of or authority()).timestamper().async_timestamp(imprint, "sha256"))
    signer["unsigned_attrs"] = cms.CMSAttributes([simple_cms_attribute("signature_time_stamp_token", token)])
    return bytes(content.dump())


def _with_store(signed: bytes) -> bytes:
    """B-LT: the answers in the file, no time stamp over them."""
    context = ValidationContext(
        trust_roots=list(s.roots(authority())), allow_fetching=True, fetcher_backend=Inside(authority()).fetchers(),
        moment=clock.now(), revocation_mode="require",
    )  # fmt: skip
    held = io.BytesIO(signed)
    signature = PdfFileReader(held).embedded_regular_signatures[-1]

    async def collected() -> Any:
        paths = await collect_validation_info(signature, context)
        await context.aclose()
        return paths

    writer = IncrementalPdfFileWriter(held)
    DocumentSecurityStore.supply_dss_in_writer(writer, None, paths=asyncio.run(collected()), validation_context=context)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _with_answers(made: cms.ContentInfo) -> cms.ContentInfo:
    signed = bytes(made.dump())
    told = answers(examine(signed, s.roots(authority()), at=clock.now(), beside={"letter.txt": LETTER}))
    choices = [
        cms.RevocationInfoChoice(
            "other",
            cms.OtherRevocationInfoFormat(
                {"other_rev_info_format": "1.3.6.1.5.5.7.16.2", "other_rev_info": _loaded(each)}
            ),
        )
        for each in told.ocsps
    ]
    choices += [cms.RevocationInfoChoice("crl", crl.CertificateList.load(each)) for each in told.crls]
    made["content"]["crls"] = cms.RevocationInfoChoices(choices)
    return made


def _loaded(der: bytes) -> Any:
    return ocsp.OCSPResponse.load(der)


def key_of(code: str) -> dict[str, Any]:
    """Key and certificates of somebody, for signxml."""
    packed_key = authority().pkcs12(code).read_bytes()
    key, certificate, others = pkcs12.load_key_and_certificates(packed_key, s.PIN.encode())
    assert key is not None and certificate is not None
    return {"key": key, "cert": [certificate, *others]}


def _xml_signer(code: str, method: SignatureConstructionMethod) -> XAdESSigner:
    algorithm = "rsa-sha256" if code == "rsa" else "ecdsa-sha256"
    return XAdESSigner(method=method, signature_algorithm=algorithm)


def _detached(held: Any, files: dict[str, bytes], code: str) -> Any:
    """An XAdES signature over files, made by hand within `held`."""
    sha256, exclusive = "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/10/xml-exc-c14n#"
    told = key_of(code)
    text = base64.b64encode(told["cert"][0].public_bytes(Encoding.DER)).decode()
    more = "".join(
        f"<ds:X509Certificate>{base64.b64encode(each.public_bytes(Encoding.DER)).decode()}</ds:X509Certificate>"
        for each in told["cert"][1:]
    )
    algorithm = "rsa-sha256" if code == "rsa" else "ecdsa-sha256"
    references = "".join(
        f'<ds:Reference URI="{name}"><ds:DigestMethod Algorithm="{sha256}"/><ds:DigestValue>{_sha256(whole)}'
        "</ds:DigestValue></ds:Reference>"
        for name, whole in files.items()
    )
    signature = etree.fromstring(
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="S0"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{exclusive}"/>'
        f'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{algorithm}"/>{references}'
        '<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#P0"><ds:Transforms>'
        f'<ds:Transform Algorithm="{exclusive}"/></ds:Transforms><ds:DigestMethod Algorithm="{sha256}"/>'
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>"
        f"<ds:X509Certificate>{text}</ds:X509Certificate>{more}</ds:X509Data></ds:KeyInfo><ds:Object>"
        '<xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#S0">'
        '<xades:SignedProperties Id="P0"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{clock.now().isoformat()}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert>"
        f'<xades:CertDigest><ds:DigestMethod Algorithm="{sha256}"/>'
        f"<ds:DigestValue>{_sha256(base64.b64decode(text))}</ds:DigestValue></xades:CertDigest></xades:Cert>"
        "</xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    held.append(signature)
    properties = next(signature.iter("{http://uri.etsi.org/01903/v1.3.2#}SignedProperties"))
    next(each for each in signature.iter(f"{DS}DigestValue") if not each.text).text = _sha256(_c14n(properties))
    value = _raw_signature(told["key"], _c14n(signature[0]))
    signature[1].text = base64.b64encode(value).decode()
    return signature


def _raw_signature(key: Any, over: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(over, PKCS1v15(), SHA256())
    r, s_ = decode_dss_signature(key.sign(over, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s_.to_bytes(32, "big")


def _sha256(whole: bytes) -> str:
    return base64.b64encode(hashlib.sha256(whole).digest()).decode()


def _c14n(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _xml_stamped(signed: Any) -> Any:
    xades = "{http://uri.etsi.org/01903/v1.3.2#}"
    value = next(signed.iter(f"{DS}SignatureValue"))
    imprint = hashlib.sha256(_c14n(value)).digest()
    token = asyncio.run(Inside(authority()).timestamper().async_timestamp(imprint, "sha256"))
    properties = next(signed.iter(f"{xades}QualifyingProperties"))
    unsigned = etree.SubElement(properties, f"{xades}UnsignedProperties")
    stamp = etree.SubElement(
        etree.SubElement(unsigned, f"{xades}UnsignedSignatureProperties"), f"{xades}SignatureTimeStamp"
    )
    etree.SubElement(stamp, f"{DS}CanonicalizationMethod", Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    etree.SubElement(stamp, f"{xades}EncapsulatedTimeStamp").text = base64.b64encode(token.dump()).decode()
    return signed


def certificate(code: str) -> x509.Certificate:
    """Somebody's certificate."""
    return x509.Certificate.load(authority().certificate(code))
