"""A letter taken away as one signed file, that our own check and anybody's accepts; not for strangers."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from datetime import timedelta

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edms import clock
from edms.demo.authority import Inside
from edms.events import Event, EventLine
from edms.registry.models import Content
from edms.signing import asic_files, asic_writing, choosing
from edms.signing.asic_writing import Part
from edms.signing.examination import examine
from edms.signing.owner import Owner
from edms.signing.verdicts import Bottom, Form, Level
from tests import signatures as s
from tests import signed_things
from tests.web.test_proving import ends_in, on_letter, proof, town  # noqa: F401
from workers import renewing

pytest_plugins = ["tests.web.desk_site"]


def test_who_has_a_key_signs_it_and_others_take_it_with_a_time_stamp(town):  # noqa: F811
    whole = signed_things.pdf("B-LTA")
    document_id, _ = on_letter(town, whole)
    address = f"/letters/{document_id}/container"
    reader = town.as_("registrar")
    assert address in reader.get(f"/letters/{document_id}")
    assert 'name="pin"' not in reader.get(address)
    bare = reader.client.get(f"{address}.asice")
    assert bare.status_code == 200 and bare.mimetype == "application/vnd.etsi.asic-e+zip"
    with zipfile.ZipFile(io.BytesIO(bare.data)) as archive:
        assert archive.namelist()[0] == "mimetype" and archive.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        assert archive.read("letter.pdf") == whole
        card = json.loads(archive.read("card.json"))
        assert card["number"] == town.document(document_id).number
    assert signed_things.judged(bare.data).reason == "signing.verdict_stamp_only"

    key = signed_things.authority().pkcs12("ec").read_bytes()
    town.house.signers.install(town.cast.registrar.official_id, key, pin=s.PIN)
    assert 'name="pin"' in reader.get(address)
    assert reader.post(address, {"pin": s.PIN}).status_code == 303  # her password first
    reader.post("/account/step-up", {"password": town.password})
    reader.post(address, {"pin": "0000"}, status=422)
    made = reader.post(address, {"pin": s.PIN}, status=200).data
    verdict = signed_things.judged(made, online=False)
    assert (verdict.bottom, verdict.level) == (Bottom.PASSED, Level.LTA)
    assert set(verdict.findings[0].covers) == {"card.json", "letter.pdf"}
    with town.house.transaction() as session:
        (line,) = session.query(EventLine).where(EventLine.kind == Event.CONTAINER_SIGNED).all()
        assert line.document_id == document_id
    for name in ("stranger", "foreigner"):
        town.as_(name).get(address, 404)
        town.as_(name).get(f"{address}.asice", 404)


def test_a_container_with_one_file_changed_fails(town):  # noqa: F811
    document_id, _ = on_letter(town, b"a scan")
    reader = town.as_("registrar")
    town.house.signers.install(
        town.cast.registrar.official_id, signed_things.authority().pkcs12("ec").read_bytes(), pin=s.PIN
    )
    reader.post("/account/step-up", {"password": town.password})
    made = reader.post(f"/letters/{document_id}/container", {"pin": s.PIN}, status=200).data
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["letter.pdf"] += b"!"
    assert signed_things.judged(signed_things.packed(files)).bottom is Bottom.FAILED


def test_a_card_signs_it_in_two_requests_and_the_seal_seals_it(town):  # noqa: F811
    document_id, _ = on_letter(town, b"a scan")
    address = f"/letters/{document_id}/container"
    registrar, of = town.cast.registrar, signed_things.authority()
    chain = [x509.Certificate.load(of.certificate("issuing"))]
    town.house.signers.put(
        registrar.official_id, choosing.from_card(Owner(x509.Certificate.load(of.certificate("rsa")), chain))
    )
    reader = town.as_("registrar")
    reader.get(f"{address}/card", 303)  # her password first
    reader.post("/account/step-up", {"password": town.password})
    assert 'name="pin"' not in reader.get(address)
    assert reader.post(address).headers["Location"].endswith(f"{address}/card")
    offer = json.loads(base64.b64decode(re.search(r'json;base64,([^"]+)"', reader.get(f"{address}/card"))[1]))
    good, bad = _of_card(offer, "rsa"), _of_card(offer, "ec")

    def bring(answer: object, status: int) -> bytes:
        sent = {"answer": (io.BytesIO(json.dumps(answer).encode()), "answer.json")}
        return reader.post(f"{address}/card", sent, status=status).data

    bring({**bad, "certificate": good["certificate"]}, 422)
    made = bring(good, 200)
    verdict = signed_things.judged(made, online=False)
    assert (verdict.bottom, verdict.level, verdict.who) == (Bottom.PASSED, Level.LTA, (signed_things.RSA.name,))
    for name in ("stranger", "foreigner"):
        town.as_(name).post("/account/step-up", {"password": town.password})
        town.as_(name).get(f"{address}/card", 404)

    assert 'value="seal"' not in reader.get(address)
    reader.post(address, {"do": "seal", "seal_pin": s.PIN}, status=422)  # there is none
    organisation_id = town.document(document_id).organisation_id
    town.house.seals.install(organisation_id, of.pkcs12("seal").read_bytes(), pin=s.PIN)
    assert 'value="seal"' in reader.get(address)
    reader.post(address, {"do": "seal", "seal_pin": "0000"}, status=422)
    sealed = signed_things.judged(
        reader.post(address, {"do": "seal", "seal_pin": s.PIN}, status=200).data, online=False
    )
    assert (sealed.bottom, sealed.level, sealed.who) == (Bottom.PASSED, Level.LTA, (signed_things.SEAL.name,))
    deputy = town.as_("deputy")  # whether she reads it or not, she may set no seal
    deputy.post("/account/step-up", {"password": town.password})
    reads = deputy.client.get(address).status_code == 200
    deputy.post(address, {"do": "seal", "seal_pin": s.PIN}, status=403 if reads else 404)
    with town.house.transaction() as session:
        kinds = [line.kind for line in session.query(EventLine).where(EventLine.document_id == document_id)]
    assert kinds.count(Event.CONTAINER_SIGNED) == kinds.count(Event.CONTAINER_SEALED) == 1


def _of_card(offer: dict, code: str) -> dict:
    """What the program at a card of the town's authority answers."""
    key = load_pem_private_key((signed_things.authority().folder / "keys" / f"{code}.pem").read_bytes(), None)
    hashed = [(each["item"], base64.b64decode(each["hash"])) for each in offer["items"]]
    over = Prehashed(SHA256())
    signatures = [
        key.sign(digest, PKCS1v15(), over) if isinstance(key, RSAPrivateKey) else key.sign(digest, ECDSA(over))
        for _, digest in hashed
    ]
    return {
        "state": offer["state"],
        "certificate": base64.b64encode(signed_things.authority().certificate(code)).decode(),
        "signatures": [
            {"item": item, "signature": base64.b64encode(made).decode()}
            for (item, _), made in zip(hashed, signatures, strict=True)
        ],
    }


def test_a_container_that_arrived_is_carried_on_whole(town):  # noqa: F811
    of = signed_things.authority()
    laid = asic_writing.lay([Part("წერილი.txt", "text/plain", b"letter"), Part("annex.txt", "text/plain", b"annex")])
    (made,) = s.signer("ec", of).sign([laid.digest], pin=s.PIN, at=clock.now(), form=Form.CADES)
    whole = asic_writing.signed(laid, made, outside=Inside(of), roots=s.roots(of))
    _, content_id = on_letter(town, whole)
    ends_in(town, content_id, 100)
    for number in (content_id, None):
        number = number or proof(town, content_id).renewed_by_id
        ends_in(town, number, 100)
        renewing.find_due(town.house, None)
        renewing.renew(town.house, number)
    last = proof(town, proof(town, proof(town, content_id).renewed_by_id).renewed_by_id)
    assert (last.form, last.level, last.bottom) == (Form.ASICE, Level.LTA, Bottom.PASSED)
    with town.house.transaction() as session:
        key = session.get_one(Content, last.content_id).store_key
    with town.house.store.open(key) as stream:
        twice = stream.read()
    before, after = asic_files.unpacked(whole), asic_files.unpacked(twice)
    assert after["META-INF/ASiCArchiveManifest002.xml"] == before.pop(asic_files.ARCHIVE)
    assert {name: after[name] for name in before} == before

    for name in after.keys() - {"mimetype"}:  # whatever is changed in it, nothing is proven any more
        changed = {**after, name: after[name][:-1] + bytes([after[name][-1] ^ 1])}
        verdict = examine(signed_things.packed(changed), s.roots(of), at=clock.now() + timedelta(days=700))
        assert verdict.level is not Level.LTA or verdict.bottom is not Bottom.PASSED, name
    without = {name: held for name, held in after.items() if name != asic_files.ARCHIVE}
    late = examine(signed_things.packed(without), s.roots(of), at=clock.now() + timedelta(days=700))
    assert (late.level, late.bottom) == (Level.LTA, Bottom.PASSED)  # by the stamps before it
    bare = {name: held for name, held in after.items() if not asic_files.ARCHIVES.fullmatch(name)}
    late = examine(signed_things.packed(bare), s.roots(of), at=clock.now() + timedelta(days=700))
    assert (late.level, late.bottom) == (Level.LT, Bottom.INDETERMINATE)
