"""The screens of the counter's day, of what goes out, and of the house besides: `places` takes them in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.drafting.by_hand.models import HandSigning, HandState
from edms.drafting.mailing.models import Mailing
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.events import Event, EventLine
from edms.registry.downtime.models import NumberSheet
from edms.registry.intake.models import DocumentIntake
from edms.registry.models import Arrival, Correspondent, Dispatch, Document
from edms.registry.words import ArrivalState, DispatchState, DocumentState, RegisterKind
from edms.routing.talk.models import Comment
from edms.staff.models import Official, Unit


def ids(session: Session) -> dict[str, Any]:
    """The things of the town that these screens show, by name; 1 where it has none."""

    def one(found: Any) -> int:
        return session.scalars(found.limit(1)).first() or 1

    def ended(state: ArrivalState) -> int:
        return one(select(Arrival.arrival_id).where(Arrival.state == state).order_by(Arrival.arrival_id.desc()))

    reopened = select(EventLine.subject_id).where(EventLine.kind == Event.ARRIVAL_REOPENED)
    came_back = select(Dispatch.document_id).where(Dispatch.state == DispatchState.RETURNED)
    scanned = select(Arrival.arrival_id).where(Arrival.state == ArrivalState.WAITING, Arrival.content_id.is_not(None))
    incoming = select(Document.document_id, Document.register_id).where(
        Document.kind == RegisterKind.INCOMING, Document.state == DocumentState.REGISTERED
    )
    letter, book = session.execute(incoming.order_by(Document.document_id.desc()).limit(1)).first() or (1, 1)
    said = select(Comment.document_id, Official.login).join(Official, Official.official_id == Comment.author_id)
    talked, talker = session.execute(said.order_by(Comment.comment_id).limit(1)).first() or (1, "irakli")
    return {
        "forwarded": ended(ArrivalState.FORWARDED),
        "taken_back": one(reopened.order_by(EventLine.event_id.desc())),
        "came_back": one(came_back),
        "scan": one(scanned.order_by(Arrival.arrival_id)),
        "envelope": one(select(DocumentIntake.document_id).where(DocumentIntake.envelope.is_not(None))),
        "collective": one(select(DocumentIntake.document_id).where(DocumentIntake.signatures.is_not(None))),
        "signed_by_hand": one(select(HandSigning.document_id).where(HandSigning.state == HandState.SIGNED)),
        "mailing": one(select(Mailing.mailing_id)),
        "sheet": one(select(NumberSheet.number_sheet_id)),
        "letter": letter,
        "book": book,
        "to_sign": one(select(Draft.draft_id).where(Draft.state == DraftState.VISAS)),
        "correspondent": one(select(Correspondent.correspondent_id)),
        "contract": one(
            select(Draft.draft_id).where(Draft.state == DraftState.SIGNING, Draft.kind == DraftKind.CONTRACT)
        ),
        "signed": one(select(Document.document_id).where(Document.state == DocumentState.DISPATCHED)),
        "talked": talked,
        "talker": talker,
        "officer": one(select(Official.official_id).where(Official.login == "irakli")),
        "unit": one(select(Unit.unit_id)),
    }


def rows(at: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """Name, whose eyes, address."""
    ends = [
        (f"end-{state.value.replace('_', '-')}", "nino", f"/arrivals/{at['taken_back']}/end/{state.value}")
        for state in (
            ArrivalState.NOT_FOR_REGISTRATION, ArrivalState.RETURNED, ArrivalState.FORWARDED, ArrivalState.DEFECTIVE,
        )
    ]  # fmt: skip
    letter, book = at["letter"], at["book"]
    return [
        *ends,
        ("end-on-paper", "nino", "/arrivals/new/end/defective"),
        ("ended-forwarded", "nino", f"/arrivals/{at['forwarded']}"),
        ("end-taken-back", "nino", f"/arrivals/{at['taken_back']}"),
        ("scan-pages", "nino", f"/arrivals/{at['scan']}/pages"),
        ("letter-envelope", "nino", f"/letters/{at['envelope']}"),
        ("letter-collective", "nino", f"/letters/{at['collective']}"),
        ("letter-by-hand", "nino", f"/letters/{at['signed_by_hand']}"),
        ("correct-intake", "nino", f"/letters/{at['collective']}/correct-intake"),
        ("downtime", "nino", f"/registers/{book}/downtime"),
        ("downtime-close", "nino", f"/registers/sheets/{at['sheet']}/close"),
        ("journal", "nino", f"/registers/{book}/journal"),
        ("move-letter", "nino", f"/letters/{letter}/register"),
        ("slip", "nino", f"/letters/{letter}/submit"),
        ("readers", "nino", f"/letters/{letter}/readers"),
        ("sendings", "nino", f"/letters/{at['came_back']}/sendings"),
        ("ready-to-send", "nino", "/sending/ready"),
        ("post", "nino", "/post/"),
        ("envelopes", "nino", "/envelopes/"),
        ("by-hand", "nino", "/by-hand/"),
        ("recognition", "nino", "/recognition/"),
        ("openings", "davit", "/openings/"),
        ("secretaries", "davit", "/secretaries/"),
        ("desk-deputy-pile", "tamar", "/sign/"),
        ("mailings", "salome", "/mailings/"),
        ("mailing-new", "salome", "/mailings/new"),
        ("mailing", "salome", f"/mailings/{at['mailing']}"),
        ("control-summary", "ketevan", "/control/summary"),
        ("control-by-unit", "ketevan", "/control/?by=unit"),
        ("control-by-person", "ketevan", "/control/?by=person"),
        ("volume", "davit", "/reports/volume/"),
        ("handover", "davit", f"/handover/{at['officer']}"),
        ("notices-choose", "gocha", "/account/notices/"),
        ("help", "nino", "/help/"),
        ("help-topic", "nino", "/help/ending"),
        ("moving-in", "giorgi", "/house/moving-in/"),
        ("moving-in-registers", "giorgi", "/house/moving-in/registers"),
        ("old-journals", "giorgi", "/house/old-journals/"),
        ("house-signing", "giorgi", "/house/signing"),
        ("letterhead", "giorgi", "/house/letterhead/"),
        ("questions", "giorgi", "/house/questions/"),
        ("audit", "giorgi", f"/house/people/{at['officer']}/audit"),
        ("leave", "giorgi", f"/house/people/{at['officer']}/leave"),
        ("unit", "giorgi", f"/house/units/{at['unit']}"),
        ("token-new", "giorgi", "/house/tokens/new"),
        ("correspondent", "nino", f"/house/correspondents/{at['correspondent']}"),
        ("reconciliation-day", "nino", "/house/reconciliation/2026-11-26"),
        ("call-off", "davit", f"/sign/{at['contract']}/call-off"),
        ("container", "davit", f"/letters/{at['signed']}/container"),
        ("letter-talked-over", at["talker"], f"/letters/{at['talked']}"),
        ("signature-health", "eka", "/house/signatures/"),
        ("house-seal", "giorgi", "/house/seal/"),
        ("verify", None, "/verify"),
    ]  # fmt: skip
