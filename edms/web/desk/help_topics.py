"""Which help stands beside which page: one literal table. A page without an entry of its own has its blueprint's."""

from __future__ import annotations

from flask import request

TOPICS: dict[str, tuple[str, ...]] = {
    "desk": ("desk",),
    "tray": ("arrivals",),
    "card": ("register_letter",),
    "ending": ("ending",),
    "doubts": ("recognition",),
    "letter": ("letter", "connecting", "reading_list", "histories"),
    "resolve": ("acting.act:resolve", "acting.act:change", "acting.act:delegate", "acting.act:handwritten"),
    "act": ("acting",),
    "registers": ("registers",),
    "numbers": ("numbers",),
    "downtime": ("downtime",),
    "journals": ("journals",),
    "scan_pages": ("remaking", "labels.separator"),
    "moving": ("moving",),
    "search": ("searching", "saved"),
    "tables": ("taking",),
    "cases": ("cases",),
    "plan": ("planning",),
    "proceedings": ("proceedings",),
    "services": ("house_services",),
    "destruction": ("disposals", "scheduling"),
    "holds": ("holding",),
    "control": ("controlling", "control_papers", "taking_off"),
    "openings": ("openings",),
    "sending": ("sending", "post", "sendings", "envelopes", "addressing"),
    "list_letters": ("mailing",),
    "drafts": ("writing", "bringing"),
    "signing": ("signing", "by_hand", "signatories", "card_signing"),
    "templates": ("templating",),
    "notices": ("telling", "own_notices"),
    "secretaries": ("entrusting",),
    "handover": ("handing_over",),
    "reports": ("reporting", "volumes"),
    "account": ("account",),
    "security": ("security", "own_key"),
    "people": ("people", "rights"),
    "audits": ("audits",),
    "staff": ("staff",),
    "units": ("units", "organisations"),
    "absences": ("absences",),
    "correspondents": ("correspondents",),
    "house_registers": ("house_registers",),
    "reconciliation": ("reconciliation",),
    "calendar": ("calendar",),
    "tokens": ("tokens",),
    "health": ("health",),
    "proving": ("proving",),
    "containers": ("containers",),
    "packages": ("packages",),
    "transfers": ("transfers",),
    "fixity": ("fixity",),
    "moving_in": ("moving_in",),
    "seal": ("house_seal", "sealing"),
    "letterhead": ("letterhead",),
    "old_journals": ("old_journals",),
    "questions": ("questions", "help.question"),
}

# Files, pictures, answers to a field and pages that only ask who one is: nobody reads a page there.
NEEDS_NONE = frozenset(
    {
        "account.code", "card_signing.offer", "control_papers.excel", "control_papers.meeting", "control_papers.summary_excel",
        "control_papers.summary_paper", "downtime.printed_journal", "downtime.printed_labels", "journals.excel", "journals.paper",
        "labels.sheet", "openings.csv", "openings.excel", "volumes.excel", "volumes.paper", "account.password", "account.sign_in", "account.step_up", "arrivals.download", "arrivals.picture", "arrivals.attachment", "arrivals.attached_picture",
        "ending_papers.paper", "finding.people", "finding.phrases", "help.index", "help.topic", "histories.export",
        "house.page", "intake_papers.record", "letter.download", "letter.picture", "letterhead.preview", "moving_in.machine", "papers.label_page", "papers.post_list",
        "papers.slip_page", "people.find", "planning.export", "prints.control_card_page", "prints.extract",
        "prints.inventory_page", "register_letter.find_correspondents", "register_letter.twins", "registers.excel",
        "recognition.picture", "reporting.excel", "reporting.paper", "saved.opened", "searching.peek", "searching.suggestions", "taking_away.excel", "taking_away.plain", "signatures.arrival_evidence", "signatures.arrival_signed", "signatures.letter_evidence", "signatures.letter_signed", "staff.export", "templating.download", "writing.paper", "signatories.paper", "signatories.picture",
        "signatures.letter_report", "signatures.letter_carried_on", "signatures.arrival_report", "signatures.arrival_carried_on", "proving.excel",
        "case_prints.download", "containers.stamped", "disposals.paper", "packages.download", "transfers.inventory", "transfers.package", "transfers.receipt", "taking.file", "bringing.download", "bringing.picture",
        "writing.picture",
    }
)  # fmt: skip

_TOPIC_OF = {page: topic for topic, pages in TOPICS.items() for page in pages}


def topic_of(endpoint: str | None, what: str = "") -> str | None:
    """The help of a page: its own, that of its act, or that of its blueprint."""
    if endpoint is None or endpoint in NEEDS_NONE:
        return None
    for name in (f"{endpoint}:{what}", endpoint, endpoint.partition(".")[0]):
        if name in _TOPIC_OF:
            return _TOPIC_OF[name]
    return None


def topic_here() -> str | None:
    """The help of the page that is being answered."""
    return topic_of(request.endpoint, str((request.view_args or {}).get("what", "")))
