"""What can happen, and which of it are acts on the register: literal tables."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What can happen, as subject:participle. Alphabetical; docs/glossary.md explains the subjects."""

    APPLICANT_TOLD = "applicant:told"
    ADDRESSEE_ADDED = "addressee:added"
    ARRIVAL_ENDED = "arrival:ended"
    ARRIVAL_JOINED = "arrival:joined"
    ARRIVAL_RECEIVED = "arrival:received"
    ARRIVAL_REMADE = "arrival:remade"
    ARRIVAL_REOPENED = "arrival:reopened"
    ASSIGNMENT_ACCEPTED = "assignment:accepted"
    ASSIGNMENT_ACQUAINTED = "assignment:acquainted"
    ASSIGNMENT_HANDED_OVER = "assignment:handed-over"
    ASSIGNMENT_OPENED = "assignment:opened"
    ASSIGNMENT_REMINDED = "assignment:reminded"
    ASSIGNMENT_REPORTED = "assignment:reported"
    ASSIGNMENT_RETURNED = "assignment:returned"
    AUDITOR_LOOKED = "auditor:looked"
    CASE_BEGUN = "case:begun"
    CASE_BROKEN_OFF = "case:broken-off"
    CASE_ENDED = "case:ended"
    CASE_FACTS_ENTERED = "case:facts-entered"
    CASE_FEE_EXEMPT = "case-fee:exempt"
    CASE_FEE_GIVEN_BACK = "case-fee:given-back"
    CASE_FEE_PAID = "case-fee:paid"
    CASE_FEE_RECKONED = "case-fee:reckoned"
    CASE_FILE_CLOSED = "case-file:closed"
    CASE_FILE_DESTROYED = "case-file:destroyed"
    CASE_FILE_OPENED = "case-file:opened"
    CASE_LAPSED = "case:lapsed"
    CASE_LIMIT_NEAR = "case:limit-near"
    CASE_OPENED_YEARLY = "case:opened-yearly"
    CASE_INDEX_CHANGED = "case-index:changed"
    CASE_PAPER_NOTED = "case-paper:noted"
    CASE_PROPOSAL_ENTERED = "case-proposal:entered"
    CASE_QUERY_ENTERED = "case-query:entered"
    CASE_BODY_ANSWERED = "case-body:answered"
    CASE_DOCUMENT_NAMED = "case-document:named"
    CASE_PUBLISHED = "case:published"
    CASE_REMINDED = "case:reminded"
    CASE_SILENT = "case:silent"
    CASE_STEP_DONE = "case-step:done"
    CASE_STEP_EXTENDED = "case-step:extended"
    CASE_STEP_HANDED = "case-step:handed"
    CASE_STEP_OPENED = "case-step:opened"
    CASE_STEP_RETURNED = "case-step:returned"
    CASE_WITHDRAWN = "case:withdrawn"
    CLOSING_PROPOSED = "closing:proposed"
    CODE_REISSUED = "code:reissued"
    COMMENT_WITHDRAWN = "comment:withdrawn"
    COMMENT_WRITTEN = "comment:written"
    CONFIRMATION_REFUSED = "confirmation:refused"
    CONFLICT_DECLARED = "conflict:declared"
    CONTAINER_SEALED = "container:sealed"
    CONTAINER_SIGNED = "container:signed"
    CONTENT_ADDED = "content:added"
    CONTENT_RESTORED = "content:restored"
    CONTENT_SEALED = "content:sealed"
    CONTENT_WITHDRAWN = "content:withdrawn"
    CONTROL_HANDED_OVER = "control:handed-over"
    CONTROL_PUT = "control:put"
    CONTROL_REMOVED = "control:removed"
    COPY_CERTIFIED = "copy:certified"
    CORRESPONDENT_CHANGED = "correspondent:changed"
    CORRESPONDENT_ENTERED = "correspondent:entered"
    CORRESPONDENT_ERASED = "correspondent:erased"
    CORRESPONDENT_MERGED = "correspondent:merged"
    DISPATCH_ASKED = "dispatch:asked"
    DISPATCH_CODED = "dispatch:coded"
    DISPATCH_FAILED = "dispatch:failed"
    DISPATCH_GIVEN_UP = "dispatch:given-up"
    DISPATCH_REGISTERED_THERE = "dispatch:registered-there"
    DISPATCH_RETURNED = "dispatch:returned"
    DISPATCH_SENT = "dispatch:sent"
    DISPATCH_SERVED = "dispatch:served"
    DISPATCH_TAKEN_BACK = "dispatch:taken-back"
    DISPOSAL_APPROVED = "disposal:approved"
    DISPOSAL_BEGUN = "disposal:begun"
    DISPOSAL_CASE_KEPT = "disposal:case-kept"
    DISPOSAL_COOLS_ANEW = "disposal:cools-anew"
    DISPOSAL_DONE = "disposal:done"
    DISPOSAL_PROPOSED = "disposal:proposed"
    DISPOSAL_RULE_CHANGED = "disposal-rule:changed"
    DISPOSAL_WITHDRAWN = "disposal:withdrawn"
    DOCUMENT_CORRECTED = "document:corrected"
    DOCUMENT_DESTROYED = "document:destroyed"
    DOCUMENT_EXECUTED = "document:executed"
    DOCUMENT_FILED = "document:filed"
    DOCUMENT_LINKED = "document:linked"
    DOCUMENT_MOVED = "document:moved"
    DOCUMENT_READ = "document:read"
    DOCUMENT_REGISTERED = "document:registered"
    DOCUMENT_REOPENED = "document:reopened"
    DOCUMENT_SIGNED = "document:signed"
    DOCUMENT_SUBMITTED = "document:submitted"
    DOCUMENT_UNLINKED = "document:unlinked"
    DRAFT_BEGUN = "draft:begun"
    DRAFT_HANDED_OVER = "draft:handed-over"
    DRAFT_NOT_PRINTED = "draft:not-printed"
    DRAFT_REFUSED = "draft:refused"
    DRAFT_SAVED = "draft:saved"
    DRAFT_SENT_TO_SIGN = "draft:sent-to-sign"
    DRAFT_SENT_TO_VISAS = "draft:sent-to-visas"
    DRAFT_TAKEN_BACK = "draft:taken-back"
    DRAFT_WITHDRAWN = "draft:withdrawn"
    ENTRUSTMENT_ENDED = "entrustment:ended"
    ENTRUSTMENT_GIVEN = "entrustment:given"
    ENVELOPE_HANDED_OVER = "envelope:handed-over"
    ENVELOPE_OPENED = "envelope:opened"
    EXTENSION_ASKED = "extension:asked"
    EXTENSION_GRANTED = "extension:granted"
    EXTENSION_REFUSED = "extension:refused"
    HAND_PRINTED = "hand:printed"
    HAND_RULE_CHANGED = "hand-rule:changed"
    HAND_UNSIGNED = "hand:unsigned"
    HOLD_LIFTED = "hold:lifted"
    HOLD_PLACED = "hold:placed"
    JOURNAL_ASKED = "journal:asked"
    JOURNAL_FAILED = "journal:failed"
    JOURNAL_MADE = "journal:made"
    JOURNAL_READY = "journal:ready"
    KEEPING_SET = "keeping:set"
    MAILING_ASKED = "mailing:asked"
    MAILING_MADE = "mailing:made"
    NUMBER_RESERVED = "number:reserved"
    NUMBER_VOIDED = "number:voided"
    OFFICIAL_CHANGED = "official:changed"
    OFFICIAL_ENTERED = "official:entered"
    OPINION_ASKED = "opinion:asked"
    OPINION_GIVEN = "opinion:given"
    OPINION_WITHDRAWN = "opinion:withdrawn"
    ORGANISATION_CHANGED = "organisation:changed"
    PACKAGE_TAKEN = "package:taken"
    PAPER_HANDED = "paper:handed"
    PAPER_PLACED = "paper:placed"
    PAPER_RECEIVED = "paper:received"
    PAPER_REFUSED = "paper:refused"
    PASSWORD_CHANGED = "password:changed"
    PDF_AGREED = "pdf:agreed"
    PDF_BROUGHT = "pdf:brought"
    READING_STOPPED = "reading:stopped"
    READING_TAKEN_UP = "reading:taken-up"
    PROOF_RENEWED = "proof:renewed"
    READINGS_SHOWN = "readings:shown"
    QUESTION_ANSWERED = "question:answered"
    QUESTION_ASKED = "question:asked"
    REGISTER_CHANGED = "register:changed"
    REGISTER_EXPORTED = "register:exported"
    REGISTER_OPENED = "register:opened"
    REMINDER_SENT = "reminder:sent"
    REPLY_MARKED = "reply:marked"
    RESOLUTION_CANCELLED = "resolution:cancelled"
    RESOLUTION_HANDED_OVER = "resolution:handed-over"
    RESOLUTION_ISSUED = "resolution:issued"
    RESTORATION_ACCEPTED = "restoration:accepted"
    ROLE_GRANTED = "role:granted"
    ROLE_WITHDRAWN = "role:withdrawn"
    SCHEDULE_CONFIRMED = "schedule:confirmed"
    SEARCH_EXPORTED = "search:exported"
    SECOND_FACTOR_CHANGED = "second-factor:changed"
    SEAT_CHANGED = "seat:changed"
    SERVICE_OFFERED = "service:offered"
    SERVICE_YEARLY_CHOSEN = "service:yearly-chosen"
    SIGHT_GIVEN = "sight:given"
    SIGNATURE_ASKED = "signature:asked"
    SIGNATURE_DELEGATED = "signature:delegated"
    SIGNATURE_EXPIRED = "signature:expired"
    SIGNING_CALLED_OFF = "signing:called-off"
    SIGNATURE_FAILED = "signature:failed"
    SIGNATURE_HANDED_OVER = "signature:handed-over"
    SIGNATURE_MADE = "signature:made"
    SIGNATURE_RAISED = "signature:raised"
    SIGNED_IN = "sign-in:made"
    SIGNED_OUT = "sign-in:ended"
    SEAL_CHANGED = "seal:changed"
    SIGNING_KEY_CHANGED = "signing-key:changed"
    SIGNING_RULE_CHANGED = "signing-rule:changed"
    SIGN_IN_REFUSED = "sign-in:refused"
    SUBMISSION_GIVEN_BACK = "submission:given-back"
    SUBMISSION_HANDED_OVER = "submission:handed-over"
    SUBMISSION_WITHDRAWN = "submission:withdrawn"
    SUBSTITUTION_ENDED = "substitution:ended"
    SUBSTITUTION_ENTERED = "substitution:entered"
    TABLE_ASKED = "table:asked"
    TABLE_FAILED = "table:failed"
    TABLE_READY = "table:ready"
    TERM_RECOUNTED = "term:recounted"
    TERM_RESUMED = "term:resumed"
    TERM_SUSPENDED = "term:suspended"
    TEXT_CORRECTED = "text:corrected"
    TOKEN_CREATED = "token:created"
    TOKEN_REVOKED = "token:revoked"
    TRANSFER_ACCEPTED = "transfer:accepted"
    TRANSFER_ANSWER_SCANNED = "transfer:answer-scanned"
    TRANSFER_CALLED_OFF = "transfer:called-off"
    TRANSFER_DRAWN_UP = "transfer:drawn-up"
    TRANSFER_HANDED_OVER = "transfer:handed-over"
    TRANSFER_PACKED = "transfer:packed"
    TRANSFER_REFUSED = "transfer:refused"
    TRANSFER_STUCK = "transfer:stuck"
    UNIT_CHANGED = "unit:changed"
    VISA_AGREED = "visa:agreed"
    VISA_HANDED_OVER = "visa:handed-over"
    VISA_REMARKED = "visa:remarked"


# Acts on the register: each becomes a leaf of the ledger, in the same transaction.
LEDGERED = frozenset(
    {
        Event.APPLICANT_TOLD,
        Event.ADDRESSEE_ADDED,
        Event.ARRIVAL_ENDED,
        Event.ARRIVAL_JOINED,
        Event.ARRIVAL_RECEIVED,
        Event.ARRIVAL_REMADE,
        Event.ARRIVAL_REOPENED,
        Event.ASSIGNMENT_HANDED_OVER,
        Event.CASE_BEGUN,
        Event.CASE_BROKEN_OFF,
        Event.CASE_ENDED,
        Event.CASE_FEE_EXEMPT,
        Event.CASE_FEE_GIVEN_BACK,
        Event.CASE_FEE_PAID,
        Event.CASE_FILE_CLOSED,
        Event.CASE_FILE_DESTROYED,
        Event.CASE_LAPSED,
        Event.CASE_OPENED_YEARLY,
        Event.CASE_PUBLISHED,
        Event.CASE_SILENT,
        Event.CASE_STEP_DONE,
        Event.CASE_STEP_RETURNED,
        Event.CASE_WITHDRAWN,
        Event.CODE_REISSUED,
        Event.DISPOSAL_APPROVED,
        Event.DISPOSAL_BEGUN,
        Event.DISPOSAL_CASE_KEPT,
        Event.DISPOSAL_COOLS_ANEW,
        Event.DISPOSAL_DONE,
        Event.DISPOSAL_PROPOSED,
        Event.DISPOSAL_WITHDRAWN,
        Event.DOCUMENT_DESTROYED,
        Event.HOLD_LIFTED,
        Event.HOLD_PLACED,
        Event.KEEPING_SET,
        Event.CONFIRMATION_REFUSED,
        Event.CONFLICT_DECLARED,
        Event.CONTENT_ADDED,
        Event.CONTENT_RESTORED,
        Event.CONTENT_WITHDRAWN,
        Event.CONTROL_HANDED_OVER,
        Event.CONTROL_PUT,
        Event.CONTROL_REMOVED,
        Event.COPY_CERTIFIED,
        Event.DISPATCH_GIVEN_UP,
        Event.DISPATCH_REGISTERED_THERE,
        Event.DISPATCH_RETURNED,
        Event.DISPATCH_SENT,
        Event.DISPATCH_SERVED,
        Event.DOCUMENT_CORRECTED,
        Event.DOCUMENT_EXECUTED,
        Event.DOCUMENT_FILED,
        Event.DOCUMENT_MOVED,
        Event.DOCUMENT_REGISTERED,
        Event.DOCUMENT_REOPENED,
        Event.DOCUMENT_SIGNED,
        Event.DOCUMENT_SUBMITTED,
        Event.ENVELOPE_HANDED_OVER,
        Event.ENVELOPE_OPENED,
        Event.NUMBER_RESERVED,
        Event.NUMBER_VOIDED,
        Event.PAPER_RECEIVED,
        Event.PDF_AGREED,
        Event.PDF_BROUGHT,
        Event.PROOF_RENEWED,
        Event.REGISTER_CHANGED,
        Event.REGISTER_OPENED,
        Event.REPLY_MARKED,
        Event.RESOLUTION_CANCELLED,
        Event.RESOLUTION_HANDED_OVER,
        Event.RESOLUTION_ISSUED,
        Event.RESTORATION_ACCEPTED,
        Event.SCHEDULE_CONFIRMED,
        Event.SIGNATURE_RAISED,
        Event.SUBMISSION_HANDED_OVER,
        Event.TRANSFER_ACCEPTED,
        Event.TRANSFER_ANSWER_SCANNED,
        Event.TRANSFER_CALLED_OFF,
        Event.TRANSFER_DRAWN_UP,
        Event.TRANSFER_HANDED_OVER,
        Event.TRANSFER_REFUSED,
    }
)

# What follows what: the jobs an event posts, and whose id they carry ("document", "event" or "subject").
