"""Other ends of the services in both countries and under the decree of 2009: each walked by whoever's steps they are.

The pages are walked in `tests/web/test_desk_service_ends.py`; here a walk is the services alone, so that many are cheap.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edms.services import entering, fees, following, publishing, steps, telling, texts
from edms.services.models import Case, CaseStep, StepState
from tests.thoroughness import some
from tests.web.service_walks import MONDAY, Service

OLD = date(2018, 3, 12)
"""Decree 57 is in force."""
PLOT = {
    "applicant_kind": "person", "building_purpose": "house", "object_class": "class_3", "plot_owner": "applicant",
    "design_used_before": False, "heritage_object": False, "total_area": "120", "has_k2": True,
}  # fmt: skip
FOUND = {"found_how": "citizen_letter"}
OFFENCE = {"track": "general", "offence_date": MONDAY.isoformat(), "offender_number": "01001012345"}
SITE = {**OFFENCE, "track": "construction"}
HEARD = {"refusal.notice": "agreed_earlier"}
CURED = {"intake.cure": "cured"}
VALID = "valid.complaint"
AGAINST = {"in_favour": 2, "against": 23}


class Room:
    """What a walk needs of the desk: the people, and a session in which acts are done."""

    def __init__(self, session, office):
        self.session, self.cast, self.readers = session, office, {}

    def do(self, act):
        done = act(self.session, self.cast)
        self.session.flush()
        return done


class Walked(Service):
    """A walk without pages."""

    def citizen(self, language="en"):
        return ""

    def do(self, row):
        self.done.append(row[1])
        self.desk.do(lambda session, office: self.act(session, office, row[0]))

    def act(self, session, office, ident):
        who, _, form, made, bodies = self.asked(session, office, ident)
        row, actor = session.get_one(CaseStep, ident), office.actor(who)
        case = session.get_one(Case, row.case_id)
        route = texts.route_of(session, case)
        for document, number in made:
            entering.name_document(session, office.actor("registrar"), row, document, number)
        for body in bodies:
            entering.answer_body(session, actor, row, body, agrees=True, text="თანახმაა")
        if fees.unpaid_before(session, case, route, route.steps[row.step], form.get("answer")):
            fees.reckon(session, actor, case, rate=Decimal(1))
            fees.pay(session, actor, case, version=fees.required(session, case).version, receipt="R-1", on=None)
        for item in publishing.lacking(session, case, route, row):
            publishing.publish(
                session, actor, case, case_step_id=item.row.case_step_id, name=item.name, channel=item.channel,
                place="kvemo.example",
            )  # fmt: skip
        following.follow(session, case)
        if row.state is not StepState.OPEN:
            return
        votes = steps.Votes(**{n: form[n] for n in steps.Votes.__dataclass_fields__}) if "members" in form else None
        given = {name.removeprefix("v_"): value for name, value in form.items() if name.startswith("v_")}
        steps.do(session, actor, row, version=row.version, answer=form.get("answer"), given=given, votes=votes)


def _ge(service, outcome, answers=None, values=None, told=None, **more):
    return service, outcome, {"answers": answers, **more}, values or {}, told


def _am(*row, **more):
    return _ge(*row, country="AM", **more)


ENDS = [
    _ge("land_terms", "not_needed", {"check": "plan_exists"}, PLOT, day=OLD),
    _ge("design_approval", "approved", {"validity": "used"}, PLOT, fields={"council_needed": "yes"}, day=OLD),
    _ge("building_permit", "permitted", {"site.building": ["inspection_asked", "commissioning_asked", "commissioning_asked"], "site.commissioning": ["unfit", "fit"]}, PLOT, "commissioning_refused", day=OLD),
    _ge("building_permit", "permitted_by_silence", {"decision": [], "deemed_site.building": ["inspection_asked", "commissioning_asked"]}, PLOT, "commissioned", day=OLD),
    _ge("legalization", "legalised_by_silence", {"decision": []}, {}, "register_change"),
    _ge("property_identification", "private_property", {"registry_check": "private"}, FOUND, "answered"),
    _ge("property_identification", "private_property", {"registry_check": "private"}, {"found_how": "inventory"}),
    _ge("property_identification", "state_keeps", {"registry_check": "state", "state_answer": "refused"}, FOUND, "answered"),
    _ge("property_identification", "registry_refused", {"registry_check": "unregistered", "registry_filing": ["suspended", "refused", "refused"], "registry_appeal": ["complained", "left_at_that"]}, FOUND, "answered"),
    _ge("privatization", "terminated", {"monitoring": ["going_on", "breach", "breach"], "breach": ["mended", "terminated"]}, {"has_conditions": True}, "breach"),
    _ge("administrative_offences", "fine_paid", {"fulfilling": [], "instruction_inspection": "partly", "construction_appeal": "appealed", "construction_court": "upheld", "construction_fine": [], "surcharged": ["tripled", "paid"]}, SITE, "surcharge"),
    _am("land_terms", "annulled", {f"{VALID}.window": "complaint", "validity": []}, PLOT, "complaint_decided", fields={"complaint_result": "annulled"}),
    _am("land_terms", "forwarded", {"intake.competence": "court"}, PLOT, "forwarded", given=False),
    _am("design_approval", "refused", {"check": ["mismatch", "matches"], "decision": "refuse", **CURED, **HEARD}, PLOT),
    _am("building_permit", "permitted", {"start_awaited": "start_told", "building": ["change_told", "commissioning_asked", "commissioning_asked"], "commissioning": ["unfit", "fit"]}, PLOT, "commissioning_refused", fields={"expert_conclusion": "doubtful"}),
    _am("building_permit", "refused", {"fee_control": ["short", "paid"], **CURED, **HEARD}, PLOT, fields={"expert_conclusion": "negative"}),
    _am("legalization", "sale_offered", {}, {"on_public_land": True}, "purchase_offer"),
    _am("property_identification", "private_property", {"registry_check": "private"}, FOUND, "answered"),
    _am("property_identification", "refused", {"registry_check": "unregistered", "sitting": "reject"}, FOUND, "answered", votes={"sitting": AGAINST}),
    _am("property_identification", "registered", {"registry_check": "unregistered", "sitting": ["return", "approve"], "registry_filing": ["suspended", "registered"]}, FOUND, "property_entered", fields={"overlap": "yes"}),
    _am("privatization_list", "refused", {"sitting": "reject", **HEARD}, {}, "refused", votes={"sitting": AGAINST}),
    _am("privatization", "sold", {"again": ["lower_price", "same_terms"], "contract": ["buyer_refuses", "signed", "signed"], "payment": ["unpaid", "paid"]}),
    _am("administrative_offences", "lapsed", {"fine": [], "enforcement": []}, OFFENCE),
    _am("social_assistance", "granted", {"queries": "by_council", "payment": ["bank_returned", "paid"]}, {}, "new_account"),
    _am("social_assistance", "refused", {"queries": "by_head", "commission": "refuse", **HEARD}, votes={"commission": AGAINST}),
    _am("budget_priorities", "adopted", {"adoption": ["return", "adopt"]}, {"budget_year": 2027}, fields={"budget_year": "2027"}),
]  # fmt: skip
TRIED = some(ENDS[::2], ENDS)


@pytest.mark.parametrize(
    ("service", "outcome", "more", "values", "told"),
    TRIED,
    ids=[f"{n}-{end[2].get('country', 'GE')}-{end[0]}-{end[1]}" for n, end in enumerate(TRIED)],
)
def test_another_end_is_reached_and_told(session, office, service, outcome, more, values, told):
    walked = Walked(Room(session, office), service, **more, **values)
    assert walked.walk() == outcome, walked.done
    said = {notice.message for notice in telling.told(session, session.get_one(Case, walked.case_id))}
    assert told is None or f"services.notice.{told}" in said
