"""A set from before an act of destruction: what was destroyed since is destroyed again before the house serves."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from edms import clock, ledger
from edms.access import keys
from edms.backup import epochs
from edms.cli.proofs import READERS
from edms.db.engine import transaction
from edms.errors import RuleBroken
from edms.events import Event, EventLine
from edms.filing.models import CaseFile
from edms.registry import contents
from edms.registry.models import Document
from edms.registry.words import ContentRole, DocumentState
from edms.retention import again, approving, gone, holds
from edms.retention.act_models import ActState, DisposalAct, Leftover, Stub
from edms.retention.again import Fate
from edms.retention.models import CaseKeeping, Hold, KeepingState
from edms.storage.folder import FolderStore
from tests import cast
from tests.backups import Place
from tests.disposals import DUE, approved, begun, closed_case, confirmed, machine
from workers import disposal

SECRET = "გიორგი მაღლაკელიძე"
DUE_ON = clock.day_of(DUE, "Asia/Tbilisi")


@pytest.fixture
def town(database, committed, tmp_path) -> Iterator[Place]:
    """A house that backs up into tmp_path/disk."""
    place = Place(tmp_path / "town", database.app_url, database.owner_url)
    place.settings = place.settings.model_copy(update={"backup_dir": tmp_path / "disk"})
    keys.create(place.settings.keys_dir)
    ledger.make_key(place.settings.keys_dir / "ledger.pem")
    yield place
    place.close()


def two_cases(town: Place, committed) -> tuple[cast.Office, list[int]]:
    """Two closed case files that are due, their letters with papers; their ids."""
    store = FolderStore(town.settings.contents_dir)
    with clock.at(DUE), transaction(committed) as session:
        office = cast.office(session)
        confirmed(session, office)
        made = [closed_case(session, office, index=f"12-0{n}") for n in (1, 2)]
        for document in session.scalars(select(Document).where(Document.case_file_id.is_not(None))):
            stored = store.put(io.BytesIO(document.number.encode()), limit=100)
            paper = contents.enter(
                session, machine(office), organisation_id=document.organisation_id, stored=stored, name=f"{SECRET}.pdf"
            )
            contents.join(session, machine(office), document, paper, ContentRole.ORIGINAL)
        return office, [each.case_file_id for each in made]


def cast_in(session, office: cast.Office) -> cast.Office:
    """The cast as rows of this session."""
    return cast.Office(**{
        name: cast.Person(session, session.merge(value.official)) if isinstance(value, cast.Person) else session.merge(value)
        for name, value in vars(office).items()
    })  # fmt: skip


def destroyed(town: Place, committed, office: cast.Office, *case_ids: int) -> None:
    """An act over these cases, proposed, approved, cooled off and carried out."""
    with clock.at(DUE):
        with transaction(committed) as session:
            act = begun(session, cast_in(session, office), *(session.get_one(CaseFile, each) for each in case_ids))
        disposal.erase(town.house(), act.disposal_act_id)


def states(place: Place, case_id: int) -> tuple[KeepingState, set[DocumentState]]:
    with place.house().transaction() as session:
        inside = select(Document.state).where(Document.case_file_id == case_id)
        return session.get_one(CaseKeeping, case_id).state, set(session.scalars(inside))


def papers(place: Place) -> int:
    return sum(1 for _ in FolderStore(place.settings.contents_dir).walk())


def test_what_was_destroyed_since_is_destroyed_again_and_the_rest_stays(
    town: Place, empty_place: Place, committed, tmp_path
) -> None:
    office, [one, two] = two_cases(town, committed)
    before = town.facts("backup", str(tmp_path / "disk"))["set"]
    destroyed(town, committed, office, one)
    town.run("backup", str(tmp_path / "disk"))
    assert papers(town) == 2

    told = empty_place.run("restore", str(tmp_path / "disk"), "--set", before, *town.seal).output
    assert "1 case files" in told
    assert states(empty_place, one) == (KeepingState.DESTROYED, {DocumentState.DESTROYED})
    assert states(empty_place, two) == (KeepingState.KEPT, {DocumentState.FILED})
    assert papers(empty_place) == 2
    here = empty_place.house()
    with pytest.raises(RuleBroken, match="not_accepted"):
        here.require_settled()
    empty_place.run("restore", "--accept", "--gap", "1")
    here.require_settled()
    here.seal()
    with here.transaction() as session:
        act = session.scalars(select(DisposalAct)).one()
        assert act.state is ActState.DONE and act.document_id is None and act.lost_number
        assert session.scalar(select(func.count()).select_from(Stub)) == 2
        summary = session.scalars(select(Document.summary).where(Document.case_file_id == one)).first()
        assert act.lost_number in summary
        assert ledger.verify(session, [here.ledger_signer.verifier]).difference is None
        assert list(ledger.verify_facts(session, READERS)) == []
        said = session.scalars(select(EventLine).where(EventLine.kind == Event.RESTORATION_ACCEPTED)).one()
        assert said.detail["destroyed"]["cases"] == 1
        left = session.scalar(text("SELECT count(*) FROM content WHERE name LIKE :who"), {"who": f"{SECRET}%"})
        assert left == 2


KILLED = """
import os, signal, sys
from edms.cli import main
from edms.retention import again, wiping
def dies(place, name):
    deed = getattr(place, name)
    def half(*given, **more):
        deed(*given, **more)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(place, name, half)
place = {"decision": (again, "destroy"), "bytes": (wiping, "_one")}[sys.argv[1]]
dies(*place)
main(sys.argv[2:])
"""


def test_killed_in_the_middle_it_never_serves_and_is_run_again(
    town: Place, empty_place: Place, committed, tmp_path
) -> None:
    office, [one, two] = two_cases(town, committed)
    before = town.facts("backup", str(tmp_path / "disk"))["set"]
    destroyed(town, committed, office, one, two)
    ask = ("restore", str(tmp_path / "disk"), "--set", before, *town.seal)
    environ = {**os.environ, **empty_place.environ}
    for point, left in (("decision", 4), ("bytes", 3)):
        died = subprocess.run([sys.executable, "-c", KILLED, point, *ask], env=environ, capture_output=True)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert papers(empty_place) == left
        assert "--accept" in empty_place.run("serve", code=1).stderr
        assert "destroyed" in empty_place.run("restore", "--accept", "--gap", "0", code=1).stderr
    assert empty_place.facts(*ask)["destroyed_again"] == 2
    assert papers(empty_place) == 0
    assert states(empty_place, one) == states(empty_place, two) == (KeepingState.DESTROYED, {DocumentState.DESTROYED})
    with empty_place.house().transaction() as session:
        assert session.scalar(select(func.count()).select_from(Leftover)) == 0
        assert session.scalars(select(DisposalAct)).one().state is ActState.DONE


def test_without_the_list_somebody_must_say_so(town: Place, empty_place: Place, committed, tmp_path) -> None:
    office, [one, _] = two_cases(town, committed)
    made = town.facts("backup", str(tmp_path / "disk"))
    [listed] = (tmp_path / "disk").glob("destroyed-*.list")
    destroyed(town, committed, office, one)
    kept = shutil.copy(listed, tmp_path / "kept.list")
    ask = ("restore", str(tmp_path / "disk"), "--set", made["set"], *town.seal)
    # The folder's list was taken away: a set made since says that there was one.
    town.run("backup", str(tmp_path / "disk"))
    listed.unlink()
    assert listed.name in empty_place.run(*ask, code=1).stderr
    # Brought from elsewhere, it counts.
    assert empty_place.facts(*ask, "--destroyed", str(kept))["destroyed_again"] == 1
    assert states(empty_place, one)[0] is KeepingState.DESTROYED


def test_an_old_folder_without_any_list_waits_for_a_word(town: Place, empty_place: Place, committed, tmp_path) -> None:
    two_cases(town, committed)
    made = Path(town.facts("backup", str(tmp_path / "disk"))["folder"])
    [listed] = (tmp_path / "disk").glob("destroyed-*.list")
    listed.unlink()
    # A set of the release before: neither seal nor word of a list.
    manifest = made / "manifest.json"
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({name: value for name, value in said.items() if "destroyed" not in name}))
    (made / "manifest.seal").unlink()
    ask = ("restore", str(tmp_path / "disk"))
    assert "no seal" in empty_place.run(*ask, *town.seal, code=1).stderr
    assert "no seal" in town.run("backup", str(tmp_path / "disk"), "--check", code=5).output
    assert "No list" in empty_place.run(*ask, "--unsealed").output
    assert "destroyed" in empty_place.run("restore", "--accept", "--gap", "0", code=1).stderr
    with empty_place.house().transaction() as session:
        assert epochs.pending(session) is not None
    empty_place.run("restore", "--accept", "--gap", "0", "--none-destroyed")
    empty_place.house().require_settled()


def test_a_hold_of_the_backup_stands_and_acts_that_had_not_destroyed_cool_off_anew(
    town: Place, empty_place: Place, committed, tmp_path
) -> None:
    office, [one, two] = two_cases(town, committed)
    with clock.at(DUE), transaction(committed) as session:
        office = cast_in(session, office)
        waits = approved(session, office, session.get_one(CaseFile, two))
        holds.place(
            session, office.lawyer.actor(), session.get_one(CaseFile, one), reason="დავა", ground="სასამართლოს წერილი"
        )
    before = town.facts("backup", str(tmp_path / "disk"))["set"]
    with clock.at(DUE), transaction(committed) as session:
        office = cast_in(session, office)
        hold = session.scalars(select(Hold)).one()
        holds.lift(session, office.mayor.actor(stepped_up=True), hold, reason="დასრულდა")
        act = session.get_one(DisposalAct, waits.disposal_act_id)
        approving.withdraw(session, office.archivist.actor(), act, reason="კომისია ინახავს")
    destroyed(town, committed, office, one)

    told = empty_place.facts("restore", str(tmp_path / "disk"), "--set", before, *town.seal)
    assert told["destroyed_again"] == 0
    [held] = told["left"]
    assert "12-01" in held and told["left"][held] == Fate.HELD
    assert states(empty_place, one) == (KeepingState.KEPT, {DocumentState.FILED})
    [until] = told["cools"].values()
    assert until > clock.today("Asia/Tbilisi").isoformat()
    empty_place.run("restore", "--accept", "--gap", "1")
    here = empty_place.house()
    disposal.tend(here, None)  # the round does not begin it at once
    with here.transaction() as session:
        assert session.get_one(DisposalAct, waits.disposal_act_id).state is ActState.APPROVED
    assert states(empty_place, two) == (KeepingState.IN_ACT, {DocumentState.FILED})


def test_only_the_letters_that_the_list_names_go(session, office) -> None:
    with clock.at(DUE):
        confirmed(session, office)
        case = closed_case(session, office, letters=3)
        letters = session.scalars(
            select(Document).where(Document.case_file_id == case.case_file_id).order_by(Document.document_id)
        ).all()
        named = [gone.GoneLetter(each.document_id, each.number, each.registered_on) for each in letters]
        index = case.case_index
        told = gone.GoneCase(
            leaf="aa" * 32, organisation=office.organisation.code, act="9/2026", act_on=DUE_ON, ground="ოქმი",
            authority=None, approved_at=DUE, case_file_id=case.case_file_id, index=index.index, year=index.year,
            volume=case.volume, until=DUE_ON, sheets=3, destroyed_at=DUE,
            letters=(named[0], replace(named[1], number="77/12-05")),
        )  # fmt: skip
        assert again.destroy_again(session, replace(told, organisation="elsewhere")) is Fate.NOT_BACK
        assert again.destroy_again(session, replace(told, volume=9)) is Fate.UNLIKE
        assert again.destroy_again(session, told) is Fate.DESTROYED
        assert again.destroy_again(session, told) is Fate.NOT_BACK
        assert [each.state for each in letters] == [DocumentState.DESTROYED, DocumentState.FILED, DocumentState.FILED]
        assert session.get_one(CaseKeeping, case.case_file_id).state is KeepingState.KEPT
