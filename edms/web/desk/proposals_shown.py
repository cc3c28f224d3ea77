"""The proposals of a case, as its page shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview.proceedings import CaseSeen
from edms.services.building_forms import CURRENCY
from edms.services.participation import proposing
from edms.services.participation.models import Verdict
from edms.web.kit import Filled, t


def shown(session: Session, who: Actor, found: CaseSeen, again: Filled | None, at: str) -> dict[str, Any]:
    """What the page of the case says of them; nothing where the route knows none."""
    if not proposing.takes_part(found.route):
        return {"proposals": None}
    return {
        "proposals": proposing.proposals(session, found.case),
        "currency": CURRENCY[found.route.country],
        "may_propose": proposing.fields_for(session, who, found.case, found.document, found.route),
        "verdicts": [(each.value, t(f"proceedings.verdict.{each.value}")) for each in Verdict],
        "proposal_form": again if at == "proposals" and again else Filled.of(),
        "proposal_again": again if at.startswith("proposal-") and again else Filled.of(),
    }
