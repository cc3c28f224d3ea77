"""The policy table: permission to an any-of list of all-of lists of predicates. Deny is the default.

Read it as a sentence: "document:register: a registrar of that organisation; or a machine of ours." A permission that
is not in the table is refused to everybody (a house test demands that all are).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edms.access.actor import Actor
from edms.access.permissions import Permission as P
from edms.access.predicates import (
    Predicate,
    any_role,
    named,
    reads,
    role,
    signed_in,
    stepped_up,
    system,
    unlimited,
    without,
)
from edms.access.roles import Role
from edms.errors import Forbidden

registrar = role(Role.REGISTRAR)
leader = any_role(Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)
decides_nothing = without(Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR, Role.COMMISSION_MEMBER)
archivist = role(Role.ARCHIVIST)
commission = role(Role.COMMISSION_MEMBER)
head = role(Role.HEAD)
lawyer = role(Role.LAWYER)
administrator = role(Role.ADMINISTRATOR)
controller = role(Role.CONTROLLER, Role.HEAD)
auditor = unlimited(role(Role.AUDITOR))
works = any_role(
    *(each for each in Role if each not in (Role.AUDITOR, Role.ADMINISTRATOR))
)  # who looks on only does not

POLICY: Mapping[P, tuple[tuple[Predicate, ...], ...]] = {
    P.ARRIVAL_TAKE_IN: ((registrar,), (system,)),
    P.ARRIVAL_READ: ((registrar,), (auditor,), (system,)),
    P.ARRIVAL_END: ((registrar,),),
    P.ARRIVAL_FOLLOW_LABEL: ((system,),),
    P.ARRIVAL_REMAKE: ((registrar,), (system,)),
    P.DOCUMENT_READ: ((reads,), (system,)),
    P.DOCUMENT_REGISTER: ((registrar,), (system,)),
    P.DOCUMENT_CORRECT: ((registrar, reads),),
    P.ENVELOPE_OPEN: ((named("opens_id"),),),
    P.DOCUMENT_MOVE: ((registrar, reads, stepped_up),),
    P.DOCUMENT_DISPATCH: ((registrar, reads), (system,)),
    P.DOCUMENT_LINK: ((registrar, reads), (signed_in, reads)),
    P.POST_HAND_OVER: ((registrar,),),
    P.COPY_CERTIFY: ((registrar, reads), (archivist, reads), (any_role(Role.HEAD_SECRETARY), reads)),
    P.HAND_SIGNED_BRING: ((registrar,), (named("author_id", "signer_id"),)),
    P.HAND_RULE_SET: ((administrator,),),
    P.SEAL_MANAGE: ((administrator,),),
    P.SEAL_SET: ((role(Role.REGISTRAR, Role.ARCHIVIST, Role.HEAD, Role.HEAD_SECRETARY),),),
    P.NUMBER_RESERVE: ((registrar,),),
    P.NUMBER_VOID: ((registrar, stepped_up), (system,)),
    P.REGISTER_READ: ((signed_in,), (system,)),
    P.REGISTER_MANAGE: ((administrator,), (system,)),
    P.REGISTER_IMPORT: ((administrator,), (system,)),
    P.CORRESPONDENT_READ: ((unlimited(signed_in),), (system,)),
    P.CORRESPONDENT_EDIT: ((registrar,), (any_role(Role.OFFICIAL, Role.HEAD_SECRETARY),), (system,)),
    # Whoever decides has no way to an applicant past the chancellery.
    P.CORRESPONDENT_REACH: ((registrar,), (any_role(Role.OFFICIAL, Role.HEAD_SECRETARY), decides_nothing), (system,)),
    P.CORRESPONDENT_MERGE: ((registrar,),),
    P.DOCUMENT_SUBMIT: ((registrar, reads), (any_role(Role.HEAD_SECRETARY), reads), (leader, reads), (system,)),
    P.RESOLUTION_ISSUE: ((leader, reads), (named("official_id"), reads)),
    P.RESOLUTION_ENTER: ((any_role(Role.HEAD_SECRETARY), reads),),
    P.RESOLUTION_ENTRUST: ((leader,),),
    P.ASSIGNMENT_DELEGATE: ((named("official_id"),),),
    P.ASSIGNMENT_REPORT: ((named("official_id"),),),
    P.ASSIGNMENT_JUDGE: ((named("author_id"),),),
    P.WORK_HAND_OVER: ((works,),),
    P.OPINION_ASK: ((leader, reads), (named("official_id"), reads)),
    P.OPINION_GIVE: ((named("official_id"),),),
    P.ACQUAINTANCE_ASK: ((registrar, reads), (any_role(Role.HEAD_SECRETARY), reads), (leader, reads)),
    P.DOCUMENT_SHARE: ((registrar, reads), (leader, reads), (named("responsible_id"), reads)),
    P.COMMENT_WRITE: ((works, reads),),
    P.PAPER_KEEP: ((registrar, reads), (archivist, reads), (any_role(Role.HEAD_SECRETARY), reads)),
    P.READING_STOP: ((registrar,), (archivist,), (any_role(Role.HEAD_SECRETARY),)),  # of papers in their scope
    P.TEXT_CORRECT: ((registrar,), (archivist,), (any_role(Role.HEAD_SECRETARY),)),  # of letters in their scope
    P.LEGAL_TERM_EXTEND: ((leader, reads),),
    P.LEGAL_TERM_RESUME: ((leader, reads), (registrar, reads), (named("responsible_id"), reads)),
    P.LEGAL_TERM_SUSPEND: ((leader, reads),),
    P.TERM_EXTEND: ((named("author_id"),),),
    P.CONTROL_PUT: ((controller, reads), (leader, reads), (system,)),
    P.CONTROL_REMOVE: ((controller, reads), (leader, reads)),
    P.CONTROL_READ: ((any_role(Role.CONTROLLER, Role.HEAD, Role.DEPUTY, Role.AUDITOR, Role.HEAD_SECRETARY),),),
    P.DRAFT_WRITE: ((named("author_id"),),),
    P.DRAFT_VISA: ((named("official_id"),),),
    P.DOCUMENT_SIGN: ((named("signer_id"), stepped_up),),
    P.SIGNATURE_DELEGATE: ((named("signer_id"),),),
    P.SIGNATURE_REFUSE: ((named("signer_id"),),),
    P.SIGNING_RULE_SET: ((administrator,),),
    P.TEMPLATE_MANAGE: ((registrar,), (administrator,)),
    P.FILE_PLAN_EDIT: ((archivist,), (system,)),
    P.FILE_PLAN_READ: ((signed_in,), (system,)),
    P.DOCUMENT_FILE: ((registrar, reads), (archivist, reads), (named("responsible_id"), reads)),
    P.CASE_FILE_CLOSE: ((archivist,),),
    P.ARCHIVE_READ: ((archivist,), (role(Role.HEAD),), (auditor,), (system,)),
    P.ARCHIVE_TRANSFER: ((archivist,),),
    P.FIXITY_READ: ((archivist,), (administrator,), (auditor,), (system,)),
    P.KEEPING_READ: ((archivist,), (commission,), (head,), (lawyer,), (auditor,), (system,)),
    P.TRIGGER_ENTER: ((archivist,),),
    P.SCHEDULE_CONFIRM: ((archivist,),),
    P.HOLD_PLACE: ((archivist,), (lawyer,), (head,)),
    P.HOLD_LIFT: ((lawyer, stepped_up), (head, stepped_up)),
    P.DISPOSAL_PROPOSE: ((archivist,),),
    P.DISPOSAL_APPROVE: ((commission, stepped_up),),
    P.DISPOSAL_STOP: ((archivist,), (commission,), (head,)),
    P.DISPOSAL_RULE_SET: ((archivist,),),
    P.HISTORY_READ: ((reads,),),
    P.LEDGER_READ: ((signed_in,), (system,)),
    P.PEOPLE_READ: ((signed_in,), (administrator,), (system,)),
    P.PEOPLE_MANAGE: ((administrator,), (system,)),
    P.SUBSTITUTION_ENTER: ((administrator,), (named("absent_id"),), (leader,)),
    P.HEALTH_READ: ((administrator,), (auditor,), (system,)),
    P.JOB_RETRY: ((administrator,), (system,)),
    P.SIGNATURE_HEALTH_READ: ((archivist,), (administrator,), (auditor,), (system,)),
    P.SIGNATURE_RENEW: ((archivist,), (administrator,)),
    P.TOKEN_MANAGE: ((administrator,), (system,)),
    P.CALENDAR_EDIT: ((administrator,), (system,)),
    P.JOURNAL_READ: ((role(Role.REGISTRAR, Role.ARCHIVIST, Role.HEAD, Role.CONTROLLER, Role.AUDITOR),),),
    P.READINGS_READ: ((role(Role.HEAD, Role.AUDITOR),),),
    P.SEARCH_KEEP: ((signed_in,),),
    P.QUESTION_ASK: ((signed_in,),),
    P.QUESTION_ANSWER: ((administrator,),),
    P.CASE_BEGIN: ((registrar, reads), (leader, reads), (named("responsible_id"), reads), (system,)),
    P.CASE_BREAK_OFF: ((leader, reads),),
    P.CASE_DOCUMENT_NAME: ((named("seated_id"), reads), (named("official_id"), reads), (registrar, reads)),
    P.CASE_ENTER: ((named("seated_id"), reads), (named("official_id"), reads), (system,)),
    P.CASE_FEE_DECIDE: ((leader, reads),),
    P.CASE_FEE_GIVE_BACK: ((leader, reads), (named("responsible_id"), reads)),
    P.CASE_PUBLISH: ((named("seated_id"), reads), (named("official_id"), reads), (registrar, reads)),
    P.CASE_STEP_DO: ((named("seated_id"), reads), (named("official_id"), reads), (system,)),
    P.CASE_STEP_RETURN: ((named("seated_id"), reads), (named("official_id"), reads), (leader, reads)),
    P.CASE_STEP_HAND: ((named("seated_id"), reads), (leader, reads)),
    P.SERVICES_MANAGE: ((administrator,), (system,)),
    P.REPORT_READ: (
        (any_role(Role.HEAD, Role.DEPUTY, Role.CONTROLLER, Role.AUDITOR, Role.ARCHIVIST, Role.REGISTRAR),),
    ),
}


# What who looks on only (an auditor) may be permitted: to read, and to take away what she reads.
LOOKING = frozenset(
    {
        P.ARCHIVE_READ, P.ARRIVAL_READ, P.CONTROL_READ, P.CORRESPONDENT_READ, P.DOCUMENT_READ, P.FILE_PLAN_READ, P.FIXITY_READ,
        P.HEALTH_READ, P.HISTORY_READ, P.JOURNAL_READ, P.KEEPING_READ, P.LEDGER_READ, P.PEOPLE_READ, P.READINGS_READ,
        P.REGISTER_READ,
        P.REPORT_READ, P.SIGNATURE_HEALTH_READ,
    }
)  # fmt: skip

# What was destroyed by an act (a letter, a case file) is only looked at, whoever comes.
DESTROYED = "destroyed"


def permits(actor: Actor, permission: P, thing: Any = None) -> bool:
    """May the actor do this with the thing? `thing` None means the actor's own organisation."""
    if permission not in LOOKING and (actor.looks_on or getattr(thing, "state", None) == DESTROYED):
        return False
    return any(all(holds(actor, thing) for holds in all_of) for all_of in POLICY.get(permission, ()))


def require(actor: Actor, permission: P, thing: Any = None) -> None:
    """Refuse unless permitted. Errors: Forbidden, naming the permission."""
    if not permits(actor, permission, thing):
        raise Forbidden("access.refused", permission=permission.value)
