"""storage dump, storage rebuild: the database kept beside the contents, and a house raised from the store alone."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.backup import destroyed, epochs, in_store, restoring, seals
from edms.backup.in_store import Dump
from edms.bootstrap import build, contents_secret
from edms.cli.backing_up import LISTS, SEAL, UNSEALED, again_facts, destroy_again, told_of
from edms.cli.saying import FOUND_WRONG, said, show
from edms.config import Settings, load
from edms.db.engine import database_urls
from edms.errors import NotFound
from edms.registry.models import Content
from edms.storage import choosing
from edms.storage.port import ContentStore

_BATCH = 1000


@click.command("dump")
@click.option("--keep", type=click.IntRange(1), default=2, show_default=True, help="Then remove all but so many dumps.")
@click.option("--list", "list_", is_flag=True, help="Make none: say which there are.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def storage_dump(keep: int, list_: bool, as_json: bool) -> None:
    """Put a dump of the database into the store, beside the contents, while the service runs.

    With it `edms storage rebuild` raises the house when nothing else is left. The keys do not go there.
    """
    settings = load()
    if list_:
        found = in_store.dumps(choosing.chosen(settings, contents_secret(settings)))
        values = [{"dump": each.name, "bytes": each.size} for each in found]
        show(
            values,
            as_json=as_json,
            text="\n".join(f"{each.name}  {each.size / 1e6:.1f} MB" for each in found) or "None.",
        )
        return
    house = build(settings, pool_size=2)
    try:
        dump = in_store.make(house.backup_source, _spool(settings), keep=keep)
        public = house.backup_sealer.public
    finally:
        house.close()
    text = f"{dump.name}: {dump.size / 1e6:.1f} MB in the store.\nSealed. Its public key, to be kept apart: {public}"
    show({"dump": dump.name, "key": dump.key, "bytes": dump.size, "seal": public}, as_json=as_json, text=text)


@click.command("rebuild")
@click.option("--dump", "name", help="Which dump; without it the newest.")
@SEAL
@UNSEALED
@LISTS
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def storage_rebuild(
    name: str | None, seals_: tuple[str, ...], unsealed: bool, lists: tuple[Path, ...], as_json: bool
) -> None:
    """Raise the house from the store alone: into an empty database, from the newest dump that lies there.

    The keys must be there. Run it again if it was stopped; then `edms restore --accept`. Exit 4: contents are missing.
    """
    settings = load()
    known = None if unsealed else seals.seals(seals_, settings.backup_seal_key_file)
    cases = destroyed.given(lists, known) if lists else None
    store = choosing.chosen(settings, contents_secret(settings))
    dump = _dump(store, name)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with in_store.unpacked(store, dump, _spool(settings)) as found:
        if known is not None:
            found.require_seal(known)
        found.check()
        urls = database_urls(settings)
        try:
            restoring.restore_database(found, urls)
        finally:
            urls.stop()
        gone, unknown = in_store.missing(store, found), in_store.unknown(store, found)
        manifest = found.manifest
    house = build(settings, pool_size=1)
    try:
        again = destroy_again(house, cases) if cases is not None else None
        with house.transaction() as session:
            series = epochs.open_series(session)
            lost = _contents(session, gone)
    finally:
        house.close()
    registers = "\n".join(f"  {each.name}={each.last}" for each in series)
    lines = [
        f"Rebuilt as of {manifest.made_at:%Y-%m-%d %H:%M} UTC: {manifest.documents} documents.",
        *(f"missing in the store: {key}" for key in lost),
        f"{len(lost)} contents are missing. {unknown} objects in the store are none of this dump's: bytes of letters that",
        f"came after it, or that never had a row. They stay for {settings.orphan_days} days.",
        told_of(again),
        f"Last serials in this dump:\n{registers}",
        "Find the last number that was really given out, then: edms restore --accept --last office/register=serial …",
    ]
    values = {
        "dump": dump.name, "documents": manifest.documents, "missing": lost, "unknown": unknown,
        "registers": {each.name: each.last for each in series}, **again_facts(again),
    }  # fmt: skip
    show(values, as_json=as_json, text="\n".join(lines))
    if lost:
        sys.exit(FOUND_WRONG)


def _dump(store: ContentStore, name: str | None) -> Dump:
    for dump in in_store.dumps(store):
        if name in (None, dump.name):
            return dump
    raise NotFound("backup.no_dump")


def _contents(session: Session, keys: list[str]) -> list[str]:
    """Which of these are contents still wanted: a preview is made anew, what was destroyed again is not missed."""
    found: list[str] = []
    for first in range(0, len(keys), _BATCH):
        found += session.scalars(select(Content.store_key).where(Content.store_key.in_(keys[first : first + _BATCH])))
    return sorted(found)


def _spool(settings: Settings) -> Path:
    return settings.data_dir / "spool"
