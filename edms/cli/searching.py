"""reindex, reconcile: the search index made anew, or compared with the database and mended. Both while people work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click
from sqlalchemy.orm import Session

from edms.bootstrap import House, build
from edms.cli.saying import FOUND_WRONG, Progress, said, show
from edms.config import load
from edms.search.indexing import Compared, extent, fill, in_batches, reconcile, renew
from edms.search.port import Index

MARK_SECONDS = 5  # so much is done twice when a run is killed
NAMED = 200  # so many that differed are named, the rest is counted


@dataclass
class Sum:
    """What all batches together did."""

    looked_at: int = 0
    differing: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    after: int = 0


@click.command("reindex")
@click.option(
    "--empty",
    is_flag=True,
    help="From nothing: PostgreSQL's index is emptied first (until the end search finds only what is indexed again),"
    " with Elasticsearch what an interrupted run has made is thrown away.",
)
@click.option("--after", type=int, default=0, help="Go on after this document id: where an interrupted run stopped.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def reindex_command(empty: bool, after: int, as_json: bool) -> None:
    """Make every document's entry in the search index anew. Letters may be registered and found meanwhile.

    With Elasticsearch a second index is filled beside the one in use, which then takes its place at once; an
    interrupted run goes on by itself. Exit 4: the engine refused some documents; they are named.
    """
    house = build(load(), pool_size=2)
    try:
        making = house.search.rebuilding(anew=empty)
        if making is None:
            done, progress = _renewed(house, after, empty=empty)
        else:
            done, progress = _through(house, after or making.after, making.index, fill, mark=making.mark)
            making.take_over()
    finally:
        house.close()
    facts = {
        "indexed": done.looked_at - len(done.refused), "dropped": len(done.gone), "refused": done.refused, **_time(progress)
    }  # fmt: skip
    text = f"{facts['indexed']} documents indexed, {len(done.gone)} entries without a document dropped,"
    text = "\n".join([f"{text} {progress.seconds:.0f} s, {progress.rate:.0f} a second.", *_refused(done)])
    show(facts, as_json=as_json, text=text)
    if done.refused:
        sys.exit(FOUND_WRONG)


def _renewed(house: House, after: int, *, empty: bool) -> tuple[Sum, Progress]:
    """The index made anew in its place."""
    if empty and not after:
        with house.transaction() as session:
            house.search.index(session).clear()
    return _through(house, after, None, renew)


@click.command("reconcile")
@click.option("--check", is_flag=True, help="Only compare; exit 4 if something differs.")
@click.option("--after", type=int, default=0, help="Go on after this document id: where an interrupted run stopped.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def reconcile_command(check: bool, after: int, as_json: bool) -> None:
    """Compare the search index with the database, document by document, and mend what differs.

    Says which documents differed. Exit 0: they are equal now; with --check exit 4 if they were not.
    """
    house = build(load(), pool_size=2)
    try:
        done, progress = _through(house, after, None, _comparing(mend=not check))
        again = not check and (done.differing or done.gone)
        left = _through(house, after, None, _comparing(mend=False))[0] if again else Sum()
    finally:
        house.close()
    wrong = (done.differing or done.gone) if check else (left.differing or left.gone)
    facts = {
        "documents": done.looked_at,
        "differed": len(done.differing),
        "without_document": len(done.gone),
        "mended": not check,
        "equal": not wrong,
        "differing": done.differing[:NAMED],
        "gone": done.gone[:NAMED],
        "refused": done.refused,
        **_time(progress),
    }
    show(facts, as_json=as_json, text=_told(done, check=check))
    if wrong:
        sys.exit(FOUND_WRONG)


def _told(done: Sum, *, check: bool) -> str:
    if not (done.differing or done.gone):
        return f"{done.looked_at} documents compared: index and database are equal."
    did = "differ" if check else "differed and were mended"
    lines = [f"{done.looked_at} documents compared: {len(done.differing)} entries {did}."]
    if done.gone:
        lines.append(f"{len(done.gone)} entries stand for no document{'' if check else ' and were dropped'}.")
    for name, ids in (("Differing", done.differing), ("Without a document", done.gone)):
        if ids:
            more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
            lines.append(f"{name}: {', '.join(map(str, ids[:NAMED]))}{more}")
    return "\n".join([*lines, *_refused(done)])


def _refused(done: Sum) -> list[str]:
    """Documents that the engine does not take, so that somebody looks at them."""
    named = list(done.refused.items())[:NAMED]
    return [f"Refused by the search engine: {document_id} ({reason})" for document_id, reason in named]


def _comparing(*, mend: bool) -> Callable[..., Compared]:
    def compare(session: Session, index: Index, *, after: int, until: int | None) -> Compared:
        return reconcile(session, index, after=after, until=until, mend=mend)

    return compare


def _through(
    house: House,
    after: int,
    index: Index | None,
    act: Callable[..., Compared],
    *,
    mark: Callable[[int], None] = lambda after: None,
) -> tuple[Sum, Progress]:
    """Batch after batch, each in its own transaction, on the index in use or another; an interrupted run says where to go on."""
    with house.transaction() as session:
        progress = Progress(extent(session, after=after))
    done = Sum(after=after)
    marked = progress.seconds
    try:
        for batch in in_batches(
            house.transaction, act, lambda session: index or house.search.index(session), after=after
        ):
            done.looked_at += batch.looked_at
            done.differing += batch.differing
            done.gone += batch.gone
            done.refused.update(batch.refused)
            progress.add(batch.looked_at)
            if batch.after is not None:
                done.after = batch.after
                if progress.seconds - marked > MARK_SECONDS:
                    mark(done.after)
                    marked = progress.seconds
        return done, progress
    except BaseException:
        if done.after:
            click.echo(f"Interrupted. Go on with --after {done.after}.", err=True)
        raise


def _time(progress: Progress) -> dict[str, Any]:
    return {"seconds": round(progress.seconds, 1), "rate": round(progress.rate, 1)}


COMMANDS = (reindex_command, reconcile_command)
