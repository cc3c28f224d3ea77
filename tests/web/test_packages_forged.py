"""What a forger makes of a real package: every hash written anew, receipts of other letters, none, or emptied ones."""

from __future__ import annotations

import io
import json
import re
import zipfile

from click.testing import CliRunner

from edms.archive import verifying
from edms.cli import archiving, main
from edms.registry import arrivals, contents, corrections, moving
from edms.registry.models import Document
from edms.registry.words import Channel, ContentRole, Tray
from edms.signing import trust
from edms.signing.verdicts import UNSIGNED, undecided
from tests import letters, signed_things
from tests import signatures as s
from tests.web.test_packages import bagged_anew, file_of, packed, verified
from tests.web.test_proving import town  # noqa: F401

pytest_plugins = ["tests.web.desk_site"]
SCAN, OTHER = b"%PDF-1.4 the scan as it came", b"%PDF-1.4 a scan made at home"
CARDS = "records.xml"


def paper(town, session, who, whole: bytes):  # noqa: F811
    stored = town.house.store.put(io.BytesIO(whole), limit=1 << 20)
    return contents.enter(
        session, who, organisation_id=who.organisation_id, stored=stored, name="scan.pdf", media_type="application/pdf"
    )


def scanned(town) -> int:  # noqa: F811
    """A letter with a scan that bears no signature, as most have."""

    def act(session, office):
        who, document = office.registrar.actor(), letters.letter(session, office)
        contents.join(session, who, document, paper(town, session, who, SCAN), ContentRole.ORIGINAL)
        return document.document_id

    return town.do(act)


def recarded(whole: bytes, *changes: tuple[str, str]) -> bytes:
    """The package with its cards changed."""
    before = file_of(whole, CARDS)
    after = before.decode()
    for old, new in changes:
        assert re.search(old, after), old
        after = re.sub(old, new, after)
    return bagged_anew(whole, before, after.encode())


def names(whole: bytes, part: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        return [name for name in opened.namelist() if part in name]


def emptied(whole: bytes) -> bytes:
    """The package whose receipts were made those of acts whose facts were erased: nobody can refute that."""
    for name in names(whole, "/ledger/"):
        before = file_of(whole, name)
        after = {**json.loads(before), "salt": None, "facts": None}
        whole = bagged_anew(whole, before, json.dumps(after).encode())
    return whole


def found(town, whole: bytes, folder) -> set[str]:  # noqa: F811
    known = verified(whole, folder, key=town.house.ledger_signer.verifier)
    return {fault.message.removeprefix("archive.fault.") for fault in known.faults}


def test_what_the_register_never_said_is_not_believed(town, tmp_path, monkeypatch):  # noqa: F811
    document_id = scanned(town)
    number = re.escape(town.document(document_id).number)
    real = packed(town, document_id)
    assert found(town, real, tmp_path) == set()

    exchanged = recarded(bagged_anew(real, SCAN, OTHER), (r' paper="[^"]*"', ""))
    assert found(town, exchanged, tmp_path) == {"not_vouched"}
    assert found(town, recarded(real, ("<summary>[^<]*", "<summary>ათასი ლარი")), tmp_path) == {"other_card"}
    assert found(town, recarded(real, ("<summary>", "<summary>x<!-- -->")), tmp_path) == {"other_card"}

    forged = recarded(real, (f"<number>{number}", "<number>77/7"), ('kind="[a-z]*:[a-z]*"', 'kind="document:moved"'))
    assert found(town, forged, tmp_path) >= {"not_registered", "other_letter"}
    bare = recarded(real, ("(?s)<act .*?</act>", ""), (f"<number>{number}", "<number>77/7"))
    assert "not_registered" in found(town, bare, tmp_path)

    lost = recarded(real, ('receipt="[^"]*/01-', 'receipt="representations/rep1/data/0001/ledger/99-'))
    assert "missing" in found(town, lost, tmp_path)

    judged = []
    monkeypatch.setattr(verifying.validation, "judge", lambda *a, **b: judged.append(a) or undecided(UNSIGNED))
    twice = recarded(real, ("(?s)(<paper .*?</paper>)", r"\1" * 40))
    assert found(town, twice, tmp_path) >= {"other_than_card"} and judged == []


def test_receipts_that_say_nothing_prove_nothing(town, tmp_path, monkeypatch):  # noqa: F811
    document_id = town.letter()
    number = re.escape(town.document(document_id).number)
    forged = recarded(emptied(packed(town, document_id)), (f"<number>{number}", "<number>77/7"))
    path = tmp_path / "package.zip"
    path.write_bytes(forged)
    monkeypatch.setattr(archiving, "load", lambda: town.house.settings)
    roots = s.roots(signed_things.authority())
    monkeypatch.setattr(trust, "load", lambda _: roots)
    answer = CliRunner().invoke(main, ["archive", "verify", str(path), "--key", town.house.ledger_signer.verifier.text])
    assert answer.exit_code == 5 and "no longer say what they are of" in answer.stdout, answer.output


def test_the_course_of_an_honest_letter_is_believed(town, tmp_path):  # noqa: F811
    """Moved, corrected, its scan exchanged for the right one, a later paper brought: all of it is in the register."""

    def act(session, office):
        who = office.registrar.actor(stepped_up=True)
        document = letters.letter(session, office, sheets=3, their_number="12 \r\n/x", annexes="ორი\tრუკა")
        wrong = paper(town, session, who, OTHER)
        contents.join(session, who, document, wrong, ContentRole.ORIGINAL)
        contents.withdraw_paper(session, who, document, wrong.content_id, reason="სხვისი სკანია")
        arrival = arrivals.take_in(
            session, who, organisation_id=who.organisation_id, tray=Tray.SCAN, channel=Channel.SCAN,
            content=paper(town, session, who, SCAN),
        )  # fmt: skip
        session.flush()
        arrivals.join(session, who, arrival, document, role=ContentRole.ORIGINAL)
        changes = {"summary": "გზის შეკეთება <და> & სხვა", "annexes": None}
        corrections.correct(session, who, document, changes, reason="შეცდომა", version=document.version)
        moving.move(session, who, document, office.applications, reason="განცხადებაა")
        return document.document_id

    document_id = town.do(act)
    whole = packed(town, document_id)
    known = verified(whole, tmp_path, key=town.house.ledger_signer.verifier)
    assert known.faults == [] and known.erased == 0 and known.receipts >= 6
    with town.house.transaction() as session:
        moved = session.get_one(Document, document_id).number
    assert moved in file_of(whole, CARDS).decode()


def test_a_hostile_name_does_not_write_on_the_operators_screen(town, tmp_path, monkeypatch):  # noqa: F811
    """A name may hold what a terminal obeys: it is shown, not sent."""
    real, target = packed(town, scanned(town)), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(real)) as opened, zipfile.ZipFile(target, "w") as again:
        for name in opened.namelist():
            again.writestr(name, opened.read(name))
        again.writestr(f"{name.split('/')[0]}/data/\x1b]0;owned\x07\x1b[2Jpackage.zip: whole.\r\u202e", b"x")
    path = tmp_path / "package.zip"
    path.write_bytes(target.getvalue())
    monkeypatch.setattr(archiving, "load", lambda: town.house.settings)
    answer = CliRunner().invoke(main, ["archive", "verify", str(path)], color=True)
    assert answer.exit_code == 4 and "package.zip: whole" in answer.stdout
    assert not set("\x1b\x07\r\u202e") & set(answer.stdout)
