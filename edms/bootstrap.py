"""Builds the House once: settings, database, store, search, keys, trust, what lies outside. Nothing is built at import."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from edms import ledger
from edms.access import house_keys, keys
from edms.access.keys import Keys
from edms.backup import epochs, seals
from edms.backup.making import Source
from edms.backup.seals import Sealer
from edms.config import Settings
from edms.db.engine import Sessions, Urls, database_urls, engine_for, sessions_of, transaction
from edms.db.upgrade import upgrade
from edms.drafting.act import CheckPage
from edms.errors import RuleBroken
from edms.search import choosing as engines
from edms.search.port import Engine as SearchEngine
from edms.search.postgres import PostgresEngine
from edms.services import own_routes, shelf
from edms.signing import algorithms, devices, trust
from edms.signing.algorithms import Algorithms
from edms.signing.devices import Devices
from edms.signing.key_folder import KeyFolder
from edms.signing.outside import Internet, Outside
from edms.signing.trust import Roots
from edms.staff import founding
from edms.staff.sessions import Limits
from edms.storage import choosing
from edms.storage.port import ContentStore

LEDGER_ORIGIN = "edms"

_log = logging.getLogger(__name__)


@dataclass
class House:
    """Everything that outlives a request or a job."""

    settings: Settings
    urls: Urls
    engine: Engine
    sessions: Sessions
    store: ContentStore
    search: SearchEngine = field(default_factory=PostgresEngine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any error."""
        with transaction(self.sessions) as session:
            yield session

    @cached_property
    def keys(self) -> Keys:
        """The service's own key (tracking codes, sealed secrets). Errors: Unavailable before setup."""
        return keys.load(self.settings.keys_dir)

    @property
    def tracking_key(self) -> bytes:
        """From which citizens' codes follow."""
        return self.keys.derived("tracking")

    @property
    def label_key(self) -> bytes:
        """What seals the codes on labels."""
        return self.keys.derived("label")

    @property
    def check_page(self) -> CheckPage | None:
        """Where anybody can check our papers; None without a public address."""
        public = self.settings.public_url
        return CheckPage(f"{public.rstrip('/')}/verify", self.tracking_key) if public else None

    @property
    def key_page(self) -> str | None:
        """Where anybody finds the ledger's public key; None without a public address."""
        public = self.settings.public_url
        return f"{public.rstrip('/')}/log/key" if public else None

    @cached_property
    def ledger_signer(self) -> ledger.Signer:
        """Signs checkpoints."""
        return ledger.load_signer(self._ledger_key, origin=LEDGER_ORIGIN)

    def seal(self) -> None:
        """Give the ledger's waiting leaves their places and sign where it stands now. Errors: Corrupt."""
        with self.transaction() as session:
            ledger.sequence(session)
        with self.transaction() as session:
            ledger.checkpoint(session, self.ledger_signer)

    @property
    def _ledger_key(self) -> Path:
        return self.settings.ledger_key_file or self.settings.keys_dir / "ledger.pem"

    @cached_property
    def signers(self) -> KeyFolder:
        """What officials sign with."""
        return KeyFolder(self.settings.keys_dir / "signers", self._devices)

    @cached_property
    def seals(self) -> KeyFolder:
        """What organisations seal with."""
        return KeyFolder(self.settings.keys_dir / "seals", self._devices)

    def _devices(self) -> Devices:
        return devices.read(self.settings.signing_devices)

    @cached_property
    def outside(self) -> Outside:
        """Time stamps and revocation."""
        return Internet(self.settings.tsa_url)

    @property
    def roots(self) -> Roots:
        """Certificates that are trusted for signatures; read anew, so that a new one needs no restart."""
        return trust.load(self.settings.trust_dir)

    @cached_property
    def algorithms(self) -> Algorithms:
        """Until when which algorithm is believed. Errors: Invalid naming a file that is no such table."""
        return algorithms.load(self.settings.algorithms_file)

    @property
    def backup_source(self) -> Source:
        """What a backup takes: database, contents, keys."""
        keys_ = keys_of(self.settings)
        return Source(self.urls.owner, self.sessions, self.store, self.ledger_signer, keys_, self.backup_sealer)

    @property
    def backup_sealer(self) -> Sealer:
        """Seals backups; its key is made where there is none. Errors: RuleBroken, Invalid."""
        return seals.sealer(self.settings.backup_seal_key_file)

    def require_settled(self) -> None:
        """Refuse to serve with another house's keys, a demo as a real house, after a restore that nobody has accepted.

        Errors: RuleBroken, Corrupt.
        """
        with self.transaction() as session:
            self.require_own_keys(session)
            founding.require(session, demo=self.settings.demo)
            epochs.require_settled(session, self.settings.data_dir, self.ledger_signer.verifier)

    def require_own_keys(self, session: Session) -> None:
        """The keys here are those that this database's papers, codes and checkpoints were made with. Errors: RuleBroken."""
        house_keys.require(session, house_keys.marks_of(self.keys, self.ledger_signer.verifier.pem()))

    @property
    def session_limits(self) -> Limits:
        """How long a sign-in lives."""
        return Limits.of(self.settings)

    def close(self) -> None:
        """Give back connections and, if this process was the last, stop the embedded server."""
        self.engine.dispose()
        self.urls.stop()


def contents_secret(settings: Settings) -> Callable[[], bytes]:
    """What contents are proved with: read when the first is stored or opened, for setup and restoring make the keys."""
    return lambda: keys.load(settings.keys_dir).derived("contents")


def keys_of(settings: Settings) -> dict[str, Path]:
    """The folders and files of the service's own keys, by their names in a backup."""
    outside = {"ledger.pem": settings.ledger_key_file} if settings.ledger_key_file else {}
    return {"keys": settings.keys_dir, **outside}


def build(settings: Settings, *, pool_size: int | None = None) -> House:
    """Build the house on an existing database. Errors: Unavailable, Invalid (settings)."""
    own, faults = shelf.of_folder(settings.routes_dir)
    for fault in faults:
        _log.warning("route left out: %s %s %s", fault.file, fault.path, fault.message)
    urls = database_urls(settings)
    engine = engine_for(urls.app, pool_size=pool_size or settings.web_threads + 2, revive=urls.revive)
    sessions = sessions_of(engine)
    own_routes.bring(sessions, own)
    return House(
        settings, urls, engine, sessions, choosing.chosen(settings, contents_secret(settings)), engines.chosen(settings)
    )


def set_up(settings: Settings) -> None:
    """Make what must be there before the first start, and migrate: folders, schema, keys. Safe to repeat.

    Keys are made for a new database only: a further machine is given those of the first. Errors: RuleBroken.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    urls = database_urls(settings)
    try:
        upgrade(urls.owner, app_role=urls.app_role)
        engine = engine_for(urls.owner, pool_size=1)
        try:
            with transaction(sessions_of(engine)) as session:
                _agree_on_keys(session, settings)
        finally:
            engine.dispose()
    finally:
        urls.stop()


def _agree_on_keys(session: Session, settings: Settings) -> None:
    ledger_key = settings.ledger_key_file or settings.keys_dir / "ledger.pem"
    if house_keys.are_noted(session) and not (keys.are_in(settings.keys_dir) and ledger_key.is_file()):
        raise RuleBroken("access.keys_elsewhere", folder=str(settings.keys_dir.absolute()))
    own = keys.create(settings.keys_dir)
    ledger.make_key(ledger_key)
    marks = house_keys.marks_of(own, ledger.load_signer(ledger_key, origin=LEDGER_ORIGIN).verifier.pem())
    house_keys.note(session, marks)
    house_keys.require(session, marks)
