"""storage: prove every content, probe what the store can do, move the contents to another store."""

from __future__ import annotations

import sys

import click

from edms import words
from edms.bootstrap import build, contents_secret
from edms.cli.saying import FOUND_WRONG, Progress, said, show
from edms.config import load
from edms.errors import EdmsError, Invalid
from edms.registry import contents
from edms.storage import choosing, moving, probe
from edms.storage.locks import Trial
from edms.storage.port import Found
from edms.storage.s3_client import make_bucket


@click.group()
def storage() -> None:
    """The content store: prove every content, try what the store can do, move the contents to another."""


@storage.command("verify")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def storage_verify(as_json: bool) -> None:
    """Read every content anew and compare it with its row. Exit 4: something is missing or changed."""
    house = build(load(), pool_size=2)
    wrong: list[int] = []
    checked = after = 0
    try:
        with house.transaction() as session:
            progress = Progress(contents.extent(session))
        while True:
            with house.transaction() as session:
                batch = contents.batch_after(session, after)
            if not batch:
                break
            for content in batch:
                checked, after = checked + 1, content.content_id
                try:
                    house.store.verify(content.store_key, sha256=content.sha256.hex(), size=content.size)
                except EdmsError as error:
                    wrong.append(content.content_id)
                    click.echo(f"content {content.content_id}: {words.explain('en', error).text}", err=True)
            progress.add(len(batch))
    finally:
        house.close()
    facts = {"checked": checked, "wrong": wrong, "seconds": round(progress.seconds, 1)}
    show(facts, as_json=as_json, text=f"{checked} contents checked, {len(wrong)} wrong.")
    if wrong:
        sys.exit(FOUND_WRONG)


@storage.command("make-bucket")
@said
def storage_make_bucket() -> None:
    """Make the bucket of the settings with Object Lock, where there is none; one that is there stays as it is."""
    settings = load()
    made = make_bucket(choosing.place_of(settings))
    click.echo(f"The bucket {settings.s3_bucket} {'was made' if made else 'is there'}. Next: edms storage probe.")


@storage.command("probe")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@click.option("--lang", type=click.Choice(words.LANGS), default="en", show_default=True, help="In which language.")
@said
def storage_probe(as_json: bool, lang: str) -> None:
    """Write, read, lock and try to break the lock; say what this store cannot do. Exit 4: bytes came back wrong."""
    store = choosing.chosen(load(), None)
    tried = probe.probe(store)
    able = store.abilities
    wall = words.say(lang, f"doctor.wall_{able.wall.value}")
    values = {
        "wall": able.wall.value,
        "versions": able.versions,
        "encrypts": able.encrypts,
        "trials": [{"what": each.what, "passed": each.passed, "text": _sentence(lang, each)} for each in tried],
    }
    lines = [f"{'yes' if each.passed else 'NO':3} {each.what:10} {_sentence(lang, each)}" for each in tried]
    show(values, as_json=as_json, text="\n".join([*lines, "", wall]))
    if any(not each.passed for each in tried if each.what in probe.NEEDED):
        sys.exit(FOUND_WRONG)


def _sentence(lang: str, trial: Trial) -> str:
    return words.say(lang, trial.message, **trial.values)


@storage.command("migrate")
@click.option("--to", "target", type=click.Choice(["s3", "folder"]), required=True, help="The new place.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def storage_migrate(target: choosing.Name, as_json: bool) -> None:
    """Copy what the new place lacks while the service runs; stop it and run it again at will. Exit 4: some are left."""
    settings = load()
    if {settings.store, settings.store_before} != {"s3", "folder"}:
        raise Invalid("storage.not_the_place")
    secret = contents_secret(settings)
    source = choosing.named(settings, "folder" if target == "s3" else "s3", secret)
    progress = Progress(sum(1 for _ in source.walk()))

    def one(_found: Found) -> None:
        progress.add(1)

    moved = moving.migrate(source, choosing.named(settings, target, secret), on_each=one)
    for key, error in moved.refused.items():
        click.echo(f"{key}: {words.explain('en', error).text}", err=True)
    values = {
        "copied": moved.copied,
        "bytes": moved.bytes,
        "there": moved.there,
        "refused": sorted(moved.refused),
        "seconds": round(progress.seconds, 1),
        "bytes_per_second": round(moved.bytes / max(0.1, progress.seconds)),
    }
    text = (
        f"{moved.copied} contents copied ({moved.bytes / 1e6:.1f} MB, {moved.bytes / max(0.1, progress.seconds) / 1e6:.1f} MB a second), "
        f"{moved.there} were there, {len(moved.refused)} left. Next: edms storage verify, then empty EDMS_STORE_BEFORE."
    )
    show(values, as_json=as_json, text=text)
    if moved.refused:
        sys.exit(FOUND_WRONG)


COMMANDS = (storage,)
