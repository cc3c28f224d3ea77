"""The kinds that a document route is written in. Those that people see have words (`services.kind.step.work`)."""

from __future__ import annotations

from enum import StrEnum


class StepKind(StrEnum):
    """What a step is, as far as the engine goes."""

    START = "start"  # the case begins: done when its application is registered
    WORK = "work"  # somebody does something, perhaps with an answer
    SIGN = "sign"  # what the step produces is signed and numbered
    SERVE = "serve"  # it is handed over; the step ends on the day of service
    CONSULT = "consult"  # other bodies are asked side by side; ends when all answered, or with the term
    SITTING = "sitting"  # a collegial body decides by vote
    WAIT = "wait"  # for somebody outside, or for a day; whoever it names enters what came
    CHOICE = "choice"  # goes on by conditions, at once
    FORK = "fork"  # all branches that hold run side by side
    JOIN = "join"  # goes on when all that its fork began have come
    END = "end"  # the case is over


class PartyKind(StrEnum):
    """Who a party is."""

    OFFICIAL = "official"
    APPLICANT = "applicant"
    BODY = "body"
    SYSTEM = "system"


class Opening(StrEnum):
    """What a case begins with."""

    APPLICATION = "application"
    OWN_INITIATIVE = "own_initiative"
    STATE_BODY = "state_body"
    YEARLY = "yearly"


class FieldKind(StrEnum):
    """The kind of a field, and the type of its value (JSON) in conditions."""

    TEXT = "text"  # one line
    LONG_TEXT = "long_text"
    NUMBER = "number"  # whole
    DECIMAL = "decimal"
    MONEY = "money"
    AREA = "area"  # m²
    LENGTH = "length"  # m
    DATE = "date"  # ISO text
    YES_NO = "yes_no"  # true, false
    CHOICE = "choice"  # the name of one
    PERSON_NAME = "person_name"
    PERSONAL_NUMBER = "personal_number"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    ACCOUNT = "account"  # IBAN
    CADASTRAL_CODE = "cadastral_code"
    CASE = "case"  # the number of an earlier case of the service `of`

    @property
    def is_number(self) -> bool:
        """Its values are numbers (Decimal in conditions)."""
        return self in (self.NUMBER, self.DECIMAL, self.MONEY, self.AREA, self.LENGTH)


class Source(StrEnum):
    """Where a paper comes from."""

    APPLICANT = "applicant"
    REGISTER = "register"  # the office asks it itself
    EARLIER_CASE = "earlier_case"


class Signed(StrEnum):
    """How a document is signed."""

    QUALIFIED = "qualified"  # by the authorised person, PAdES
    SEAL = "seal"  # of the organisation
    OFFICIAL = "official"  # by whoever does the step, as the office's rules say
    NONE = "none"


class Addressee(StrEnum):
    """Who is told."""

    APPLICANT = "applicant"
    PARTIES = "parties"  # all whose interest is touched
    NEIGHBOURS = "neighbours"
    BODY = "body"  # the bodies asked
    PUBLIC = "public"
    OFFENDER = "offender"
    PARTY = "party"  # whoever does the step
    HEAD = "head"


class Channel(StrEnum):
    """How something reaches them; none named: whichever was agreed."""

    HAND = "hand"
    POST = "post"
    EMAIL = "email"
    SMS = "sms"
    PORTAL = "portal"
    BOARD = "board"
    SITE = "site"
    NEWSPAPER = "newspaper"


class NoticeMoment(StrEnum):
    """When a notice of a step is sent (those of a timer go when it fires)."""

    BEGUN = "begun"
    DONE = "done"


class Participation(StrEnum):
    """What a step does with the proposals of the public."""

    COLLECT = "collect"
    SCORE = "score"
    JUDGE = "judge"
    ANSWER = "answer"
    PUBLISH = "publish"  # from its end on everybody sees them


class Effect(StrEnum):
    """What one case does to another."""

    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"
