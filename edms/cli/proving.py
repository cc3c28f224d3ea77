"""signatures: how long the archive's signed papers prove themselves, and trying again what could not be carried on."""

from __future__ import annotations

import sys
from datetime import timedelta

import click

from edms import words
from edms.access.actor import Actor
from edms.bootstrap import build
from edms.cli.saying import FOUND_WRONG, said, show
from edms.config import load
from edms.overview import proving
from edms.overview.proving import Health
from edms.signing import proofs
from edms.staff.organisations import organisations


@click.command("signatures")
@click.option("--again", is_flag=True, help="Also have those tried once more that could not be carried on.")
@click.option("--json", "as_json", is_flag=True, help="The sums as JSON, for programs.")
@said
def signatures(again: bool, as_json: bool) -> None:
    """How many signed papers would still prove themselves in 1, 5 and 10 years. Exit 4: some could not be carried on."""
    settings = load()
    house = build(settings, pool_size=1)
    days = settings.renewal_lead_days
    try:
        with house.transaction() as session:
            found = proving.sums(session, Actor.system(), lead=timedelta(days=days))
        if again:
            with house.transaction() as session:
                every = [each.organisation_id for each in organisations(session, Actor.system())]
                for organisation_id in every:
                    proofs.ask_again(session, organisation_id)
    finally:
        house.close()
    lines = [
        f"{found.figures[each]:>9}  {words.say('en', f'proving.health.{each.value}', days=days)}" for each in Health
    ]
    lines += [f"{number:>9}  {form.upper()} {level}" for form, level, number in found.levels]
    reasons = [each for why in found.troubles.values() for each in why]
    lines += [f"{number:>9}  {words.say('en', message, **values)}" for message, values, number in reasons]
    levels = [{"form": form, "level": level, "papers": number} for form, level, number in found.levels]
    facts = {**{each.value: found.figures[each] for each in Health}, "levels": levels}
    show(facts, as_json=as_json, text="\n".join(lines))
    if found.figures[Health.FAILED] and not again:
        sys.exit(FOUND_WRONG)


COMMANDS = (signatures,)
