"""A letter taken away with all that proves it: it holds without us, a changed one does not, strangers get none."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

from click.testing import CliRunner
from lxml import etree
from sqlalchemy import select

from checker import edms_checker
from edms import ledger
from edms.archive import verifying
from edms.archive.package.records import RECORDS
from edms.cli import archiving, main
from edms.events import Event, EventLine
from edms.signing import algorithms, trust
from edms.signing.verdicts import Bottom
from tests import forgeries, signed_things
from tests import signatures as s
from tests.web.test_proving import ends_in, on_letter, town  # noqa: F401
from workers import renewing

pytest_plugins = ["tests.web.desk_site"]


def packed(town, document_id: int, name: str = "registrar") -> bytes:  # noqa: F811
    answer = town.as_(name).client.get(f"/letters/{document_id}/package.zip")
    assert answer.status_code == 200 and answer.mimetype == "application/zip", answer.get_data(as_text=True)[:500]
    return answer.data


def verified(whole: bytes, folder: Path, **more):
    path = folder / "package.zip"
    path.write_bytes(whole)
    roots = s.roots(signed_things.authority())
    return verifying.verify(path, roots=roots, algorithms=algorithms.load(None), **more)


def test_a_letter_is_taken_away_with_all_that_proves_it(town, tmp_path):  # noqa: F811
    whole = signed_things.pdf("B-LTA")
    document_id, content_id = on_letter(town, whole, own=True)
    ends_in(town, content_id, 100)
    renewing.renew(town.house, content_id)
    reader = town.as_("registrar")
    assert f"/letters/{document_id}/package" in reader.get(f"/letters/{document_id}")
    assert "letter.pdf" in reader.get(f"/letters/{document_id}/package")

    made = packed(town, document_id)
    found = verified(made, tmp_path, key=town.house.ledger_signer.verifier)
    assert found.faults == [] and found.key_given
    assert (found.found.letters, len(found.judged)) == (1, 2)  # the signed file, and what carries its proof on
    assert {each.verdict.bottom for each in found.judged} == {Bottom.PASSED}
    assert found.receipts >= 2  # registered, carried on

    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        names = opened.namelist()
        assert opened.read(next(n for n in names if n.endswith("papers/01.pdf"))) == whole
        cards = etree.fromstring(opened.read(next(n for n in names if n.endswith("records.xml"))))
        assert cards.findtext(f".//{{{RECORDS}}}number") == town.document(document_id).number
        readme = opened.read(next(n for n in names if n.count("/") == 1 and n.endswith("README.txt"))).decode(
            "utf-8-sig"
        )
        assert town.document(document_id).number in readme and town.house.ledger_signer.verifier.text in readme
        assert "http://kvemo.example/log/key" in readme and hashlib.sha256(whole).hexdigest() in readme
        for name in names:
            if "/ledger/" in name or name.endswith("public-key.pem"):
                opened.extract(name, tmp_path)
    key = next(tmp_path.rglob("public-key.pem"))
    for receipt in tmp_path.rglob("ledger/*.json"):
        assert edms_checker.main([str(receipt), "--key", str(key)]) == edms_checker.PROVED
    with town.house.transaction() as session:
        taken = session.scalars(select(EventLine).where(EventLine.kind == Event.PACKAGE_TAKEN)).all()
        assert [line.document_id for line in taken] == [document_id]

    for name in ("stranger", "foreigner"):
        town.as_(name).get(f"/letters/{document_id}/package", 404)
        town.as_(name).get(f"/letters/{document_id}/package.zip", 404)


def test_a_package_whose_paper_was_exchanged_is_found_out(town, tmp_path):  # noqa: F811
    """Whoever changes a paper can write the hashes anew, but neither the signature nor the receipt."""
    whole = signed_things.pdf("B-LTA")
    document_id, _ = on_letter(town, whole, own=True)
    forged = forgeries.updated(whole, forgeries.CHANGES["page added"])
    found = verified(bagged_anew(packed(town, document_id), whole, forged), tmp_path)
    assert [fault.message for fault in found.faults] == ["archive.fault.signature"]
    other = town.house.ledger_signer.verifier
    strange = ledger.Verifier(other.origin, edms_key(tmp_path))
    found = verified(packed(town, document_id), tmp_path, key=strange)
    assert "archive.fault.other_key" in {fault.message for fault in found.faults}
    receipt = "ledger/01-document-registered.json"
    one, two = packed(town, document_id), packed(town, town.letter())
    found = verified(bagged_anew(one, file_of(one, receipt), file_of(two, receipt)), tmp_path)
    assert {fault.message.rpartition(".")[2] for fault in found.faults} == {
        "other_letter",
        "not_registered",
        "other_card",
    }


def test_the_command_says_whole_or_what_is_wrong(town, tmp_path, monkeypatch):  # noqa: F811
    document_id, _ = on_letter(town, signed_things.pdf("B-LTA"))
    path = tmp_path / "letter.zip"
    number = town.document(document_id).number
    monkeypatch.setattr(archiving, "build", lambda *_, **__: town.house)
    monkeypatch.setattr(archiving, "load", lambda: town.house.settings)
    monkeypatch.setattr(type(town.house), "close", lambda _: None)
    roots = s.roots(signed_things.authority())
    monkeypatch.setattr(trust, "load", lambda _: roots)
    code = town.cast.organisation.code
    assert CliRunner().invoke(main, ["archive", "letter", code, number, "--to", str(path)]).exit_code == 0
    assert [each.name for each in tmp_path.glob("*.part")] == []
    answer = CliRunner().invoke(main, ["archive", "verify", str(path), "--key", town.house.ledger_signer.verifier.text])
    assert answer.exit_code == 0 and "whole. 1 letters" in answer.stdout, answer.output
    spoilt = bytearray(path.read_bytes())
    spoilt[spoilt.index(b"%PDF-") + 9] ^= 1
    path.write_bytes(spoilt)
    answer = CliRunner().invoke(main, ["archive", "verify", str(path), "--json"])
    assert answer.exit_code == 4
    assert json.loads(answer.stdout)["faults"][0]["message"] == "archive.fault.changed"


def file_of(whole: bytes, ending: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        return opened.read(next(name for name in opened.namelist() if name.endswith(ending)))


def bagged_anew(whole: bytes, before: bytes, after: bytes) -> bytes:
    """The package with one file exchanged, and every hash and size that names it written anew, as a forger would."""
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    changed = {hashlib.sha256(before).hexdigest(): hashlib.sha256(after).hexdigest()}
    sizes = {f"{len(before)}": f"{len(after)}"}
    files = {name: after if content == before else content for name, content in files.items()}
    for ending in ("rep1/metadata/preservation/premis.xml", "records.xml", "rep1/METS.xml", "/METS.xml", "manifest-sha256.txt", "bag-info.txt", "tagmanifest-sha256.txt"):  # fmt: skip
        for name in [each for each in files if each.endswith(ending)]:
            old = new = files[name].decode()
            for one, other in changed.items():
                new = new.replace(one, other)
            if name.endswith("bag-info.txt"):
                total = sum(len(content) for each, content in files.items() if each.split("/")[1] == "data")
                lines = [line for line in new.splitlines() if not line.startswith("Payload-Oxum")]
                count = sum(each.split("/")[1] == "data" for each in files)
                new = "\n".join([*lines, f"Payload-Oxum: {total}.{count}"]) + "\n"
            elif name.endswith(".xml"):
                for one, other in sizes.items():
                    for form in ('SIZE="{}"', 'size="{}"', "<size>{}</size>"):
                        new = new.replace(form.format(one), form.format(other))
            changed[hashlib.sha256(old.encode()).hexdigest()] = hashlib.sha256(new.encode()).hexdigest()
            sizes[f"{len(old.encode())}"] = f"{len(new.encode())}"
            files[name] = new.encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return made.getvalue()


def edms_key(folder: Path):
    ledger.make_key(folder / "strange.pem")
    return ledger.load_signer(folder / "strange.pem").verifier.key
