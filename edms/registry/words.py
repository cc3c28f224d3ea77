"""The registry's states and kinds. Each enum has its meaning beside it; the catalogue has its words."""

from __future__ import annotations

from enum import StrEnum


class RegisterKind(StrEnum):
    """The groups of documents that have series of their own (D414 art. 17-20, 36)."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"
    APPLICATIONS = "applications"  # of citizens
    ORDERS = "orders"  # of the mayor
    COUNCIL_ACTS = "council_acts"
    MINUTES = "minutes"
    ACTS = "acts"
    CONTRACTS = "contracts"
    PERMITS = "permits"
    PROTOCOLS = "protocols"
    INFORMATION_REQUESTS = "information_requests"

    @property
    def comes_in(self) -> bool:
        """Documents here come from outside and have a correspondent who wrote them."""
        return self in (RegisterKind.INCOMING, RegisterKind.APPLICATIONS, RegisterKind.INFORMATION_REQUESTS)


class NumberState(StrEnum):
    """What became of a drawn serial."""

    RESERVED = "reserved"  # for a person, until a moment
    USED = "used"  # stands on a document
    VOID = "void"  # stands on nothing, with its reason


class Tray(StrEnum):
    """Where an arrival lies. Arrivals are visible to their organisation's registrars only."""

    COUNTER = "counter"
    SCAN = "scan"
    UPLOAD = "upload"
    MAIL = "mail"  # an e-mail box
    EXCHANGE = "exchange"  # from another organisation of this system
    IMPORT = "import"
    PORTAL = "portal"  # applied for online
    REVIEW = "review"  # could not be read; a person must look


class Channel(StrEnum):
    """How a document came or goes."""

    COUNTER = "counter"  # by hand
    POST = "post"
    COURIER = "courier"
    EMAIL = "email"
    PORTAL = "portal"
    EXCHANGE = "exchange"
    SCAN = "scan"
    INTERNAL = "internal"
    TELEPHONE = "telephone"  # what was said is written down, see intake
    RECEPTION = "reception"  # an oral reception
    PUBLICATION = "publication"  # on the board or the site, where nobody can be reached or they are too many (GAC 58)


class ArrivalState(StrEnum):
    """An arrival waits or has ended; it ends exactly once."""

    WAITING = "waiting"
    REGISTERED = "registered"
    JOINED = "joined"  # became a further paper of a registered document
    NOT_FOR_REGISTRATION = "not_for_registration"
    RETURNED = "returned"
    FORWARDED = "forwarded"
    DEFECTIVE = "defective"
    REMADE = "remade"  # its pages live on in what was made of it: divided, joined, put in order
    UNDONE = "undone"  # was made of another, which was taken back


class ContentRole(StrEnum):
    """What a content is on its document."""

    ORIGINAL = "original"
    ANNEX = "annex"
    LATER_PAPER = "later_paper"
    SIGNED = "signed"
    DRAFT = "draft"
    PROOF = "proof"
    RESOLUTION = "resolution"  # written by hand
    COPY = "copy"  # certified, of a document of our own


class CorrespondentKind(StrEnum):
    """A person or a body."""

    PERSON = "person"
    BODY = "body"


class DocumentState(StrEnum):
    """Where a document stands. Steps from one to the next are in `lifecycle.py` and nowhere else."""

    REGISTERED = "registered"  # has its number, nobody has it yet
    SUBMITTED = "submitted"  # with an official, for her resolution
    IN_EXECUTION = "in_execution"
    EXECUTED = "executed"  # done or answered; not yet closed
    SIGNED = "signed"  # an own document with its signature, not yet sent
    DISPATCHED = "dispatched"
    FILED = "filed"  # in its case file; closed
    DESTROYED = "destroyed"  # by an act of destruction; a stub stays


OPEN_STATES = (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION)
STILL_OPEN = "state in ('registered', 'submitted', 'in_execution')"  # the same, for an index


class DispatchState(StrEnum):
    """A sending waits, went out, was served, came back, failed, was taken back in its ten seconds, or is left at that."""

    WAITING = "waiting"
    SENT = "sent"
    SERVED = "served"
    RETURNED = "returned"
    FAILED = "failed"
    TAKEN_BACK = "taken_back"
    GIVEN_UP = "given_up"  # came back, and nothing more is tried


class Grade(StrEnum):
    """Who may read: everybody whose work leads there, or only those named."""

    OPEN = "open"
    OFFICIAL_USE = "official_use"
    PERSONAL = "personal"  # addressee and those she names


class Authorship(StrEnum):
    """Whose letter it is. Of several the first stands on the card, of a collective one its representative."""

    ONE = "one"
    SEVERAL = "several"
    ANONYMOUS = "anonymous"
    COLLECTIVE = "collective"


class LinkKind(StrEnum):
    """Why two documents belong together."""

    REPLY_TO = "reply_to"
    EARLIER = "earlier"
    CONCERNS = "concerns"
    MADE_FOR = "made_for"  # a paper of the case that the letter began: a visit act, an invitation


class IdentityPaper(StrEnum):
    """What a person shows at the counter to prove who she is."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"


class DocumentType(StrEnum):
    """The kind written on the card (document type, D414 art. 38)."""

    LETTER = "letter"
    APPLICATION = "application"
    COMPLAINT = "complaint"
    PETITION = "petition"
    INFORMATION_REQUEST = "information_request"
    INVOICE = "invoice"
    ORDER = "order"
    MEMO = "memo"
    MINUTES = "minutes"
    CONTRACT = "contract"
    ACT = "act"
    OTHER = "other"
