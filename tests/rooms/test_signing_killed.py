"""The worker is killed with the bytes in its hands, at each step, beside an authority that is really stopped and started."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from edms import clock
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import Sessions, Urls, sessions_of
from edms.demo.authority import make, serve
from edms.drafting import act, drafts, pages, visas
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.errors import Unavailable
from edms.registry.models import Content, Document
from edms.signing import lots
from edms.signing.examination import examine
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.outside import Internet
from edms.signing.verdicts import Bottom, Level
from edms.storage.folder import FolderStore
from tests import cast
from tests import signatures as s
from tests.conftest import Database
from workers import signing


class _Deadly(FolderStore):
    """A store that takes the bytes, and the process with them."""

    def put(self, *args: object, **more: object) -> object:  # type: ignore[override]
        super().put(*args, **more)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def house(database: Database, committed: Sessions, tmp_path: Path, port: int) -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="edms-test-authority-"))
    address = f"http://127.0.0.1:{port}"
    authority = make(folder, [s.MAYOR], address, since=clock.now().replace(microsecond=0) - timedelta(days=400))
    settings = Settings(data_dir=tmp_path, trust_dir=authority.trust_dir)
    store = FolderStore(tmp_path / "store")
    made = House(settings, Urls(database.app_url, database.owner_url), database.engine, committed, store)
    made.__dict__["outside"] = Internet(authority.tsa_url)
    made.__dict__["authority"] = authority
    yield made
    shutil.rmtree(folder, ignore_errors=True)


def test_killed_at_each_step_with_a_silent_authority_between(house: House, database: Database, tmp_path: Path) -> None:
    authority = house.__dict__["authority"]
    with house.transaction() as session:
        office = cast.office(session)
        author = office.executor.actor()
        card = drafts.DraftCard(subject="გზა", signer_id=office.mayor.official_id, addressee="გ. აბაშიძე")
        draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="გაცნობებთ.")
        pages.make(session, author, draft, store=house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        mayor = office.mayor.actor(stepped_up=True)
        shown = session.get_one(Content, draft.versions[-1].content_id)
        draft_id, request_id = (
            draft.draft_id,
            act.ask_signature(session, mayor, draft, shown_sha256=shown.sha256).signature_request_id,
        )

    def state() -> SignatureState:
        with house.transaction() as session:
            return session.get_one(SignatureRequest, request_id).state

    def killed(step: Callable[[House, int], None]) -> None:
        before = state()
        child = os.fork()
        if child == 0:
            engine = create_engine(database.app_url)
            dying = replace(house, engine=engine, sessions=sessions_of(engine), store=_Deadly(tmp_path / "store"))
            dying.__dict__["outside"] = house.outside
            try:
                step(dying, request_id)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert state() is before

    killed(signing.prepare)
    signing.prepare(house, request_id)
    with house.transaction() as session:
        seen = session.get_one(SignatureRequest, request_id).shown_sha256
        signs = cast.Person(session, office.mayor.official).actor(stepped_up=True)
    lots.sign(
        house.transaction, signs, [request_id], shown={request_id: seen}, pin=s.PIN, signer=s.signer(of=authority),
        store=house.store,
    )  # fmt: skip
    killed(signing.embed)
    signing.embed(house, request_id)
    with pytest.raises(Unavailable):  # nobody serves yet
        signing.raise_signature(house, request_id)
    with house.transaction() as session:
        assert session.get_one(SignatureRequest, request_id).trouble == "signing.time_authority_silent"
        assert session.scalars(select(Document)).all() == []
    with serve(authority):
        killed(signing.raise_signature)
    with pytest.raises(Unavailable):  # stopped again
        signing.raise_signature(house, request_id)
    with serve(authority):
        signing.raise_signature(house, request_id)
    with house.transaction() as session:
        request = session.get_one(SignatureRequest, request_id)
        assert (request.state, request.level, request.trouble) == (SignatureState.RAISED, Level.LTA, None)
        assert session.get_one(Draft, draft_id).state is DraftState.SIGNED
        key = session.get_one(Content, request.raised_content_id).store_key
        assert len(session.scalars(select(Document)).all()) == 1
    with house.store.open(key) as stream:
        verdict = examine(stream.read(), s.roots(authority), at=clock.now() + timedelta(days=400))
    assert (verdict.bottom, verdict.level) == (Bottom.PASSED, Level.LTA)
