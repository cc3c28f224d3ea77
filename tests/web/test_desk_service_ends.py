"""Every other end of the services at the desk, and what the applicant reads on her page when it is reached."""

from __future__ import annotations

from datetime import timedelta

from edms.events import Event, EventLine
from edms.services.models import Case, CaseState, CaseStep
from tests.web.service_walks import Service

pytest_plugins = ["tests.web.desk_site"]
PLOT = {
    "applicant_kind": "person", "building_purpose": "house", "object_class": "class_3", "plot_owner": "applicant",
    "design_used_before": False, "heritage_object": False, "total_area": "120", "has_k2": True,
}  # fmt: skip
POOR = {
    "household_members": 3, "bank_account": "GE29NB0000000101904917", "applicant_name": "ანა კალანდაძე",
    "personal_number": "01001012345", "assistance_kind": "one_off",
}  # fmt: skip
HEARD = {"refusal.notice": "agreed_earlier"}
YEAR = {"budget_year": 2027, "settlements": "ზემო უბანი"}
NOTHING_TO_DO = "You do not have to do anything now."
READ_IT = "Read the decision that was handed to you"


def land(desk, answers=None, fields=None, **more):
    return Service(desk, "land_terms", answers, fields, **more, **PLOT)


def permit(desk, answers=None, fields=None, **more):
    return Service(desk, "building_permit", answers, fields, **more, **PLOT)


def aid(desk, answers=None, fields=None, **more):
    return Service(desk, "social_assistance", answers, fields, **more, **POOR)


def at_the_end(case):
    """What the applicant reads then."""
    with case.now():
        told = case.citizen()
    assert "the term is over" not in told and "why you were not answered" not in told
    return told


def test_terms_of_land_use_are_set_after_other_bodies_were_asked_and_run_out(desk):
    terms = land(desk, {"validity": []}, {"heritage_zone": "yes", "utilities_asked": "yes"})
    assert terms.walk() == "approved"
    assert {"posting", "opinions", "approval.serve", "valid.filed"} <= set(terms.done)
    told = at_the_end(terms)
    assert "Your application was decided on 15.03.2026." in told and READ_IT in told
    assert "Your application was granted." in told


def test_terms_are_refused_after_a_hearing_and_a_complaint_sends_them_back(desk):
    answers = {"decision": ["refuse", "approve"], "refusal.closing.complaint.window": "complaint", **HEARD}
    terms = land(desk, answers, {"complaint_result": "remitted"})
    assert terms.walk(until="refusal.closing.complaint.window") is None
    told = at_the_end(terms)
    assert "Your application was decided on" in told and "was refused" in told
    terms.tend()
    assert terms.walk(until="approval.draft") is None
    with terms.now():
        told = terms.citizen()  # undecided again
    assert "Your application was decided on" not in told and "You will be answered by" in told
    assert terms.walk() == "approved"


def test_whoever_complains_where_it_is_not_admissible_is_told_in_an_act(desk):
    answers = {"valid.complaint.window": "complaint", "valid.complaint.admission": "inadmissible", "validity": []}
    terms = land(desk, answers)
    assert terms.walk() == "approved"
    assert {"valid.complaint.inadmissible", "valid.complaint.inadmissible_told"} <= set(terms.done)
    assert "The complaint is not admissible and will not be considered." in at_the_end(terms)


def test_an_application_for_others_is_forwarded_and_its_applicant_told(desk):
    terms = land(desk, {"intake.competence": "other_body"}, given=False)
    assert terms.walk() == "forwarded"
    told = at_the_end(terms)
    assert "forwarded" in told and NOTHING_TO_DO in told


def test_an_act_that_a_complaint_annulled_ends_the_case(desk):
    terms = land(desk, {"valid.complaint.window": "complaint", "validity": []}, {"complaint_result": "annulled"})
    assert terms.walk() == "annulled"
    assert "Your case is decided: Annulled" in at_the_end(terms)


def test_where_a_detailed_plan_is_in_force_nothing_is_needed(desk):
    assert land(desk, {"check": "plan_exists"}).walk() == "not_needed"


def test_the_check_begins_anew_with_what_was_brought_after_its_deficiency(desk):
    """What is checked again is not late on the day on which it comes back."""
    terms = land(desk, {"check": ["deficient", "in_order"], "intake.cure": "cured"}, {"heritage_zone": "yes"})
    assert terms.walk(until="intake.cure") is None
    terms.day += timedelta(days=5)
    assert terms.walk(until="check") is None
    (row,) = [each for each in terms.open() if each[1] == "check"]
    assert row[3] > terms.day


def test_what_was_not_brought_in_time_leaves_the_application_unconsidered(desk):
    terms = land(desk, {"intake.completeness": "deficient"}, waits=("cure",))
    assert terms.walk() == "unconsidered"
    told = at_the_end(terms)
    assert READ_IT in told and "left without consideration" in told


def test_silence_approves_and_both_the_office_and_the_applicant_are_told(desk):
    terms = land(desk, {"decision": []})
    assert terms.walk(until="decision") is None
    due = desk.do(lambda s, o: terms.due(s))
    terms.day = due - timedelta(days=4)
    terms.tend()
    assert reminded(desk, "services.notice.silence_near") == []
    terms.day = due - timedelta(days=2)
    terms.tend()
    terms.tend()
    (line,) = reminded(desk, "services.notice.silence_near")
    assert {desk.cast.mayor.official_id, desk.cast.stranger.official_id} <= set(line["to"])
    with terms.now():
        desk.readers.clear()
        says = f"If nothing is decided by {due:%d.%m.%Y}, the application counts as approved."
        assert says in terms.page() and says in terms.page("mayor")
    assert terms.walk(until="deemed.asked_for") is None
    told = at_the_end(terms)
    assert "by law your application counts as approved since" in told and "ask for it at the counter" in told
    assert terms.walk() == "approved_by_silence"


def test_a_refusal_that_waits_for_its_hearing_is_warned_of_silence_too(desk):
    """Decided at the desk is not decided in law: the act is signed after the hearing."""
    terms = land(desk, {"decision": "refuse"})
    assert terms.walk(until="refusal.notice") is None
    terms.day = desk.do(lambda s, o: terms.due(s)) - timedelta(days=1)
    terms.tend()
    assert len(reminded(desk, "services.notice.silence_near")) == 1
    assert terms.walk() == "approved_by_silence"


def test_a_permit_after_inspections_and_a_refused_commissioning(desk):
    answers = {
        "site.building": ["inspection_asked", "commissioning_asked", "commissioning_asked"],
        "site.commissioning": ["unfit", "fit"],
    }
    built = permit(desk, answers)
    assert built.walk() == "permitted"
    assert {
        "site.certificate",
        "site.board",
        "site.stage_inspection",
        "site.commissioned",
        "site.commissioned_told",
    } <= set(built.done)
    assert built.done.count("site.commissioning") == 2
    # The second time it is asked for, the holder has read why it was refused.
    assert "The building was not accepted for use." in built.told["site.building"]


def test_a_permit_whose_fee_was_short_at_first_waits_for_the_rest_and_lapses(desk):
    answers = {"fee_control": ["short", "paid"], "site.building": "lapsed"}
    built = permit(desk, answers, {"expert_conclusion": "doubtful", "heritage_zone": "yes"})
    assert built.walk(until="intake.cure") is None
    built.day += timedelta(days=5)
    assert built.walk(until="fee_control") is None
    (row,) = [each for each in built.open() if each[1] == "fee_control"]
    assert row[3] >= built.day  # its day runs from when the application was complete again
    assert built.walk() == "permitted"
    assert "expert" in built.done


def test_a_permit_is_refused_by_a_negative_conclusion(desk):
    built = permit(desk, HEARD, {"expert_conclusion": "negative"})
    assert built.walk() == "refused"
    assert "decision" not in built.done and READ_IT in at_the_end(built)


def test_silence_permits_a_construction_that_is_built_like_any_other(desk):
    built = permit(desk, {"decision": [], "deemed_site.building": ["inspection_asked", "commissioning_asked"]})
    assert built.walk() == "permitted_by_silence"
    site = ("certificate", "board", "stage_inspection", "commissioned", "commissioned_told")
    assert {f"deemed_site.{step}" for step in site} <= set(built.done)
    public = built.page().partition('id="publications"')[2].partition("</section>")[0]
    assert "Construction permit" in public  # as one that was signed


def test_help_is_given_paid_to_another_account_and_entered(desk):
    helped = aid(desk, {"payment": ["bank_returned", "paid"]}, {"visit_needed": "yes"})
    assert helped.walk() == "granted"
    assert {"visit", "commission", "account", "beneficiary", "carried_out.filed"} <= set(helped.done)
    assert "You are waited for: A new account is awaited." in helped.told["account"]


def test_help_waits_for_more_evidence_and_the_commission_sits_again(desk):
    helped = aid(desk, {"commission": ["more_evidence", "grant"]})
    assert helped.walk() == "granted"
    assert (
        helped.done.count("commission") == 2
        and "You are waited for: Further evidence is awaited." in helped.told["evidence"]
    )


def test_help_is_refused_above_the_threshold_or_when_it_was_not_carried(desk):
    above = aid(desk, HEARD, {"rating_score": "100000", "programme_threshold": "57001"})
    assert above.walk() == "refused" and "commission" not in above.done


def test_help_is_refused_where_the_commission_did_not_carry_it(desk):
    votes = {"commission": {"in_favour": 5, "against": 20}}
    refused = aid(desk, {"commission": "refuse", **HEARD}, votes=votes)
    assert refused.walk() == "refused" and READ_IT in at_the_end(refused)


def test_silence_on_help_counts_as_refused_and_the_work_goes_on(desk):
    helped = aid(desk, {"commission": []})
    assert helped.walk(until="commission") is None
    due = desk.do(lambda s, o: helped.due(s))
    helped.day = due - timedelta(days=1)
    helped.tend()
    assert len(reminded(desk, "services.notice.silence_near_refused")) == 1
    helped.day = due + timedelta(days=1)
    helped.tend()
    with helped.now():
        told = helped.citizen()
    assert "the term is over" in told and "the silence counts as a refusal" in told
    del helped.answers["commission"]
    assert helped.walk() == "granted"
    assert "Your application was decided on" in at_the_end(helped)


def test_a_case_is_broken_off_or_withdrawn_from_its_page(desk):
    for act, values, state in (
        ("break-off", {"reason": "შეცდომით დაიწყო"}, CaseState.BROKEN_OFF),
        ("withdraw", {"how": "განცხადება 17"}, CaseState.WITHDRAWN),
    ):
        case = aid(desk)
        with case.now():
            version = desk.do(lambda s, o, i=case.case_id: s.get_one(Case, i).version)
            desk.as_("mayor").post(f"/proceedings/{case.case_id}/{act}", {"version": version, **values})
            assert desk.do(lambda s, o, i=case.case_id: s.get_one(Case, i).state) is state
            told = case.citizen()
        assert NOTHING_TO_DO in told
        assert ("You will be answered by" in told) is (state is CaseState.BROKEN_OFF)  # the letter itself goes on


def test_a_budget_from_its_settlements_to_the_council(desk):
    budget = Service(desk, "budget_priorities", {}, {"budget_year": "2027"}, **YEAR)
    assert budget.walk() == "adopted"
    assert {"start_act", "assembly", "document_publication", "resubmission", "answers_told"} <= set(budget.done)


def test_a_budget_without_a_quorum_asks_the_voters_and_goes_back_from_the_council(desk):
    answers = {"assembly": "no_quorum", "remarks": "without_remarks", "adoption": ["return", "adopt"]}
    votes = {"assembly": {"members": 300, "present": 10, "in_favour": 0, "against": 0}}
    asked = {"budget_year": "2027", "voters_all": "90", "voters_asked": ["10", "30"]}
    budget = Service(desk, "budget_priorities", answers, asked, votes=votes, **YEAR)
    assert budget.walk() == "adopted"
    assert budget.done.count("voter_survey") == 2 and budget.done.count("adoption") == 2


def test_a_buyer_who_refuses_the_contract_and_one_who_does_not_pay_are_said_once(desk):
    """Neither needs a contract that was never signed, nor the same answer twice."""
    answers = {"contract": ["buyer_refuses", "signed"], "again": ["lower_price", "give_up"]}
    sale = Service(desk, "privatization", answers, {"sale_result": "annulled"}, has_conditions=False)
    assert sale.walk() == "unsold"
    assert sale.done.count("contract") == 2 and sale.done.count("annulment") == 2


def reminded(desk, message):
    """What people of the office were reminded of."""

    def found(session, office):
        lines = session.query(EventLine).filter_by(kind=Event.CASE_REMINDED).order_by(EventLine.event_id)
        return [line.detail for line in lines if line.detail.get("message") == message]

    return desk.do(found)


def test_an_armenian_head_is_told_that_the_term_passed_though_silence_means_nothing_there(desk):
    terms = land(desk, {"decision": []}, country="AM")
    assert terms.walk(until="decision") is None
    terms.day = desk.do(lambda s, o: terms.due(s)) + timedelta(days=1)
    terms.tend()
    (line,) = reminded(desk, "services.notice.silence_head")
    assert desk.cast.mayor.official_id in line["to"]
    del terms.answers["decision"]
    assert terms.walk() == "approved"
    assert desk.do(lambda s, o: s.query(CaseStep).filter_by(step="validity").count()) == 1
