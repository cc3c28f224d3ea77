"""An outside judge agrees: what we call good at a level it calls good at that level, what others sign and we call good
it does too, and no forgery passes with both. Where the two differ, docs/adr/0010-staying-valid.md says why."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from edms import clock
from edms.registry.models import Content
from edms.signing import asic_archiving, asic_writing, cms_archiving, renewing, report
from edms.signing.asic_writing import Part
from edms.signing.models import VerdictLine
from edms.signing.verdicts import Bottom, Form, Verdict
from tests import forgeries, signed_things
from tests import signatures as s
from tests.services import outside_judge

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(1200)]
BESIDE = {"letter.txt": signed_things.LETTER}
ROOT = signed_things.authority().certificate("root")
# What it takes for passed, and says nothing of: bytes that no table names are not seen by its reader, a value in a form
# and a field with an action count as filling in a form, an embedded file as an extension. We refuse all of these.
UNSEEN_THERE = {
    "isa: body only B-LTA",
    "isa: body and trailer B-LTA",
    "isa: body and old start B-LTA",
    "shadow replace: a value in a form B-LTA",
    "file inside B-LTA",
    "acting field B-LTA",
}
XML = {
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd",
    "http://uri.etsi.org/01903/v1.3.2#": "XAdES01903v132-202407.xsd",
    "http://uri.etsi.org/02231/v2#": "ts_119612v020401_xsd.xsd",
    "http://www.w3.org/XML/1998/namespace": "xml.xsd",
}


def test_what_we_raise_passes_there_at_the_same_level(tmp_path: Path) -> None:
    """Offline, as we judge too: only what brings its answers can pass."""
    files = {f"{level} {code}": signed_things.pdf(level, code) for level in ("B-LT", "B-LTA") for code in ("ec", "rsa")}
    files["two signers B-LTA"] = signed_things.pdf("B-LTA", "rsa", signed_things.pdf("B-LTA"), at_height=300)
    outside, roots = signed_things.Inside(signed_things.authority()), s.roots(signed_things.authority())
    files["carried on B-LTA"] = renewing.further_stamp(files["two signers B-LTA"], outside=outside, roots=roots)
    laid = asic_writing.lay([Part("წერილი.pdf", "application/pdf", files["B-LTA ec"]), Part("a", "text/plain", b"a")])
    for code in ("ec", "rsa", "seal"):
        signer = s.signer(code, signed_things.authority())
        (made,) = signer.sign([laid.digest], pin=s.PIN, at=clock.now(), form=Form.CADES)
        files[f"container {code} B-LTA"] = once = asic_writing.signed(laid, made, outside=outside, roots=roots)
        twice = asic_archiving.carried_on(once, outside=outside, roots=roots)
        files[f"container {code} carried on B-LTA"] = twice
        files[f"container {code} thrice B-LTA"] = asic_archiving.carried_on(twice, outside=outside, roots=roots)
    for code in ("ec", "rsa"):
        for where in ("detached", "enveloping"):
            made = signed_things.message("B-LT", code, detached=where == "detached")
            for times in ("once", "twice"):
                made = cms_archiving.carried_on(made, BESIDE, name="letter.p7s", outside=outside, roots=roots)
                files[f"cms {where} {code} {times} B-LTA"] = made
        packed = signed_things.packed({"mimetype": b"application/vnd.etsi.asic-s+zip", **BESIDE, "META-INF/signature.p7s": signed_things.message("B-LT", code)})  # fmt: skip
        files[f"container of one {code} B-LTA"] = cms_archiving.carried_on(packed, {}, outside=outside, roots=roots)
    beside = {name: signed_things.LETTER for name in files if "detached" in name}
    said = outside_judge.judged(files, ROOT, tmp_path, beside=beside)
    for name, told in said.items():
        level = name.split("B-")[1].split()[0]
        for signature in filter(None, told.split(";")):
            assert signature.startswith("TOTAL_PASSED"), (name, told)
            assert signature.endswith(f"BASELINE-{level}"), (name, told)
        ours = signed_things.judged(files[name], beside=BESIDE, online=False)
        assert (ours.bottom, ours.level) == (Bottom.PASSED, f"B-{level}"), name
    ours = s.signed_lta()
    (told,) = outside_judge.judged({"ours": ours}, s.authority().certificate("root"), tmp_path).values()
    assert told == "TOTAL_PASSED null PAdES-BASELINE-LTA;"


def test_no_good_signature_is_broken_there(tmp_path: Path) -> None:
    """Our makers of good files are no easier on us than others would be."""
    made = {name: (make(), beside) for name, make, beside in signed_things.all_good()}
    del made["cms in base64"]  # it reads no base64
    beside = {name: BESIDE["letter.txt"] for name, (_, others) in made.items() if others}
    said = outside_judge.judged({name: whole for name, (whole, _) in made.items()}, ROOT, tmp_path, beside=beside)
    broken = {name: told for name, told in said.items() if "TOTAL_FAILED" in told or told.startswith(("ERROR", "NONE"))}
    assert broken == {}
    assert len(said) == len(made)


def test_what_it_signs_we_judge_alike(tmp_path: Path) -> None:
    """Seventy-two files: every form and level by two people. Differences are those of the ADR, and no others."""
    made = outside_judge.written(signed_things.authority(), tmp_path)
    assert len(made) >= 60
    beside = {name: signed_things.LETTER for name in made if "detached" in name}
    said = outside_judge.judged(made, ROOT, tmp_path, beside=beside)
    differing: dict[str, str] = {}
    for name, whole in made.items():
        offline = signed_things.judged(whole, beside=BESIDE, name=name, online=False)
        online = signed_things.judged(whole, beside=BESIDE, name=name)
        theirs = said[name].startswith("TOTAL_PASSED")
        assert Bottom.FAILED not in (offline.bottom, online.bottom), name
        if theirs is not (offline.bottom is Bottom.PASSED):
            differing[name] = f"offline {offline.sub_indication}"
        if online.bottom is not Bottom.PASSED:
            differing[name] = f"online {online.sub_indication}"
        level = re.search(r"BASELINE-(\w+)", said[name])
        assert level is not None, (name, said[name])
        if "xades" not in name:
            assert offline.level == f"B-{level[1]}", name
    assert set(differing) == set(_known_to_differ(made))


def _known_to_differ(made: dict[str, bytes]) -> Iterator[str]:
    for name in made:
        enveloped = "xades-enveloped" in name  # it cuts the signature out by an XPath, which we do not apply
        higher_xades = "xades" in name and ("-LT-" in name or "-LTA-" in name)  # the answers in XAdES are not read
        if enveloped or higher_xades:
            yield name


def test_no_forgery_passes_with_both(tmp_path: Path) -> None:
    """Offline it lets eighteen pass, judging the signed revision; of twelve it says that something came after."""
    forged = {name: make() for name, make in forgeries.all_forged()}
    beside = dict.fromkeys((name for name in forged if name.startswith("cms: beside")), signed_things.LETTER)
    said = outside_judge.judged(forged, ROOT, tmp_path, beside=beside)
    passed = {
        name: told for name, told in said.items() if told.startswith("TOTAL_PASSED") and "INDETERMINATE" not in told
    }
    theirs = {name for name, told in passed.items() if "changed:" not in told}
    ours = {n for n, whole in forged.items() if signed_things.judged(whole, beside=BESIDE).bottom is Bottom.PASSED}
    assert len(said) == len(forged)
    assert ours == set()
    assert theirs == UNSEEN_THERE


def test_our_reports_are_what_the_standard_says(tmp_path: Path) -> None:
    """Against the schema of TS 119 102-2 V1.4.1 that comes with the outside judge."""
    schema = etree.XMLSchema(etree.parse(str(_schema(tmp_path))))
    judged = [
        signed_things.judged(signed_things.pdf()),
        signed_things.judged(signed_things.pdf("B-B"), online=False),
        signed_things.judged(signed_things.asic_e()),
        signed_things.judged(signed_things.xml()),
        signed_things.judged(signed_things.two_signers(), beside=BESIDE),
        signed_things.judged(forgeries.victim() + b"x"),
        signed_things.judged(b"not signed"),
    ]
    for verdict in judged:
        made = report.report(Content(sha256=b"1" * 32, name="letter", size=1), _line(verdict))
        assert schema.validate(etree.fromstring(made)), (verdict.reason, schema.error_log)


def _line(verdict: Verdict) -> VerdictLine:
    return VerdictLine(
        bottom=verdict.bottom, reason=verdict.reason, sub_indication=verdict.sub_indication, level=verdict.level,
        findings=verdict.as_json()["findings"], checked_at=clock.now(),
    )  # fmt: skip


def _schema(folder: Path) -> Path:
    """The schemas, taken out of its archives and led to one another instead of to the network."""
    for archive in outside_judge.ready().glob("specs-*.jar"):
        with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as packed:
            for name in packed.namelist():
                if name.endswith(".xsd"):
                    text = re.sub(r"<!DOCTYPE.*?\]>", "", packed.read(name).decode("utf-8-sig"), flags=re.DOTALL)
                    for space, file in XML.items():
                        text = re.sub(rf'(import\s+namespace="{re.escape(space)}"\s+schemaLocation=")[^"]*', rf"\g<1>{file}", text)  # fmt: skip
                    (folder / Path(name).name).write_text(text, encoding="utf-8")
    return folder / "TS119102-2-v141.xsd"
