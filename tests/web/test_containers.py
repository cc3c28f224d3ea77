"""A letter taken away as one signed file, that our own check and anybody's accepts; not for strangers."""

from __future__ import annotations

import io
import json
import zipfile

from edms.events import Event, EventLine
from edms.signing.verdicts import Bottom, Level
from tests import signatures as s
from tests import signed_things
from tests.web.test_proving import on_letter, town  # noqa: F401

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
