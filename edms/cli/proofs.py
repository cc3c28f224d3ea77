"""ledger, verify: what can be proved, and whether it still holds."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import click

from edms import clock, ledger, words
from edms.bootstrap import build
from edms.cli.saying import FOUND_WRONG, said, show
from edms.config import load
from edms.registry import facts
from edms.registry.numbering import leaf_of_number
from edms.signing import validation

READERS = {"document": facts.present}


@click.group("ledger")
def ledger_group() -> None:
    """The ledger: verify it, sign a checkpoint, give out a receipt or the public key."""


@ledger_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def ledger_verify(as_json: bool) -> None:
    """Compute the ledger anew, compare it with what is stored, and the register with what its acts said. Exit 4: wrong."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            ledger.sequence(session)
        with house.transaction() as session:
            verdict = ledger.verify(session, house.ledger_signer.verifier)
            wrong = [verdict.difference] if verdict.difference else []
            wrong += ledger.verify_facts(session, READERS)
    finally:
        house.close()
    lines = [f"{d.table} {d.row}, {d.field}: {words.say('en', d.message, **d.values)}" for d in wrong]
    text = "\n".join(lines) or f"The ledger is sound: {verdict.size} acts, {verdict.checkpoints} checkpoints."
    show(
        {"sound": not wrong, "size": verdict.size, "root": verdict.root.hex(), "wrong": lines},
        as_json=as_json,
        text=text,
    )
    if wrong:
        sys.exit(FOUND_WRONG)


@ledger_group.command("checkpoint")
@said
def ledger_checkpoint() -> None:
    """Sign a checkpoint now and print it; keep it elsewhere to prove later that nothing was rewritten."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            ledger.sequence(session)
        with house.transaction() as session:
            click.echo(ledger.checkpoint(session, house.ledger_signer).note)
    finally:
        house.close()


@ledger_group.command("receipt")
@click.argument("organisation_code")
@click.argument("number")
@click.option("--year", type=int, help="Of the register's series; the newest without it.")
@said
def ledger_receipt(organisation_code: str, number: str, year: int | None) -> None:
    """The receipt of a registration, for the stand-alone checker."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            leaf_id = leaf_of_number(session, organisation_code, number, year)
            click.echo(json.dumps(ledger.receipt(session, leaf_id), ensure_ascii=False, indent=1))
    finally:
        house.close()


@ledger_group.command("public-key")
@said
def ledger_public_key() -> None:
    """The public key with which anyone checks receipts and checkpoints, in base64."""
    house = build(load(), pool_size=1)
    try:
        click.echo(base64.b64encode(house.ledger_signer.verifier.raw).decode())
    finally:
        house.close()


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def verify(file: Path, as_json: bool) -> None:
    """Check the signatures of a PDF against the trusted roots. Exit 4: not passed."""
    house = build(load(), pool_size=1)
    try:
        verdict = validation.validate(file.read_bytes(), house.roots, at=clock.now())
    finally:
        house.close()
    facts_said = {
        "verdict": verdict.bottom.value,
        "reason": words.say("en", verdict.reason),
        "sub_indication": verdict.sub_indication,
        "level": verdict.level.value if verdict.level else None,
        "who": list(verdict.who),
        "changed_after": verdict.changed_after,
    }
    show(facts_said, as_json=as_json, text="\n".join(f"{name}: {value}" for name, value in facts_said.items()))
    if verdict.bottom.value != "passed":
        sys.exit(FOUND_WRONG)


COMMANDS = (ledger_group, verify)
