"""Tables of the staff room. An official is a person in a post; what a person may do follows from dated role grants."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.access.roles import Role
from edms.db.base import Base, key, word


class OrganisationKind(StrEnum):
    """What an organisation is; which registers it usually keeps follows from it."""

    MUNICIPALITY = "municipality"  # a city hall, an Armenian community's head and staff
    COUNCIL = "council"
    REGION = "region"  # a state representative's administration, a marzpet's staff
    BODY = "body"  # a legal entity of the municipality: a kindergarten, a library, a utility


class Founding(Base):
    """What this database is for, noted once with its first organisation: real letters, or the demo's. Never both."""

    __tablename__ = "founding"
    one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    demo: Mapped[bool]
    founded_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("one", name="only_row"),)


class Organisation(Base):
    """A municipality, a council, a region: owner of registers. Organisations form a tree."""

    __tablename__ = "organisation"
    organisation_id: Mapped[key]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.organisation_id"))
    code: Mapped[str] = mapped_column(unique=True)  # short Latin name used by settings, imports and the API
    kind: Mapped[OrganisationKind] = word(OrganisationKind, default=OrganisationKind.MUNICIPALITY)
    names: Mapped[dict[str, Any]]  # language to official name
    language: Mapped[str] = mapped_column(default="ka")  # of papers and of citizens who chose none
    time_zone: Mapped[str] = mapped_column(default="Asia/Tbilisi")  # every day and term is civil time here
    country: Mapped[str] = mapped_column(default="GE")  # which holidays and named terms apply
    calendar: Mapped[dict[str, Any]] = mapped_column(default=dict)  # extra days off and working days, edited here
    identification: Mapped[str | None]  # the organisation's own identification number
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)  # language to postal address
    telephone: Mapped[str | None]
    email: Mapped[str | None]
    counter: Mapped[dict[str, Any]] = mapped_column(default=dict)  # language to where and when the counter is open
    arms: Mapped[str | None]  # the fingerprint of its coat of arms, by which pages ask for the picture
    looked_through: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # step of moving in to the day it was found right
    version: Mapped[int] = mapped_column(default=1)
    letterhead: Mapped[Letterhead | None] = relationship()
    __mapper_args__ = {"version_id_col": version}

    def name(self, language: str) -> str:
        """The name in `language`, else in the organisation's own."""
        return str(self.names.get(language) or self.names.get(self.language) or self.code)


class Letterhead(Base):
    """What stands at the head of an organisation's papers beside its name and address."""

    __tablename__ = "letterhead"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    above: Mapped[dict[str, Any]] = mapped_column(default=dict)  # language to the line above the name
    second_language: Mapped[str | None]  # in which the name stands once more beneath
    picture: Mapped[bytes | None]  # the coat of arms, PNG


class Unit(Base):
    """A department of an organisation; units form a tree, `index` is its part of registration numbers."""

    __tablename__ = "unit"
    unit_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.unit_id"))
    index: Mapped[str] = mapped_column(default="")
    names: Mapped[dict[str, Any]]
    closed_on: Mapped[date | None]
    organisation: Mapped[Organisation] = relationship()

    def name(self, language: str) -> str:
        """The name in `language`, else in the organisation's own."""
        return str(self.names.get(language) or self.names.get(self.organisation.language) or self.unit_id)

    def open_on(self, day: date) -> bool:
        """Is it open on that day? `closed_on` is the first day on which it is not."""
        return self.closed_on is None or day < self.closed_on


class Official(Base):
    """A person who works here, in one post at a time. `login` is what she signs in with."""

    __tablename__ = "official"
    official_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.unit_id"), index=True)
    login: Mapped[str] = mapped_column(unique=True)  # folded to lower case
    names: Mapped[dict[str, Any]]  # language to full name
    posts: Mapped[dict[str, Any]]  # language to the name of the post (position)
    language: Mapped[str] = mapped_column(default="ka")  # of the desk
    email: Mapped[str | None]
    telephone: Mapped[str | None]
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]  # from this day she can no longer sign in
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)  # theme, keys, stock phrases, kept fields
    version: Mapped[int] = mapped_column(default=1)
    organisation: Mapped[Organisation] = relationship()
    unit: Mapped[Unit | None] = relationship()
    __mapper_args__ = {"version_id_col": version}

    def name(self, language: str) -> str:
        """The full name in `language`, else in the organisation's own."""
        return str(self.names.get(language) or self.names.get(self.organisation.language) or self.login)

    def post(self, language: str) -> str:
        """The post's name in `language`, else in the organisation's own."""
        return str(self.posts.get(language) or self.posts.get(self.organisation.language) or "")


class RoleGrant(Base):
    """A dated role of an official, in an organisation or in one of its units."""

    __tablename__ = "role_grant"
    role_grant_id: Mapped[key]
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    role: Mapped[Role] = word(Role)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.unit_id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # the last day; empty: until withdrawn
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    reason: Mapped[str | None]
    register_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # an auditor's limits: these registers,
    letters_from: Mapped[date | None]  # and letters registered from this day
    letters_until: Mapped[date | None]  # to this one
    __table_args__ = (CheckConstraint("until_on is null or until_on >= from_on", name="days_in_order"),)


class Substitution(Base):
    """Who acts for whom, from day to day, under her own post and name (D414 art. 28: never "for")."""

    __tablename__ = "substitution"
    substitution_id: Mapped[key]
    absent_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str]
    ended_at: Mapped[datetime | None]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    absent: Mapped[Official] = relationship(foreign_keys=[absent_id])
    substitute: Mapped[Official] = relationship(foreign_keys=[substitute_id])
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("absent_id <> substitute_id", name="two_people"),
    )


class Entrustment(Base):
    """A head lets a secretary of hers enter the resolutions that she writes by hand."""

    __tablename__ = "entrustment"
    entrustment_id: Mapped[key]
    head_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    secretary_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    head: Mapped[Official] = relationship(foreign_keys=[head_id])
    secretary: Mapped[Official] = relationship(foreign_keys=[secretary_id])
    __table_args__ = (CheckConstraint("head_id <> secretary_id", name="two_people"),)


class Credential(Base):
    """How an official proves who she is: a password hash (argon2id) and, if set, a second factor."""

    __tablename__ = "credential"
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), primary_key=True)
    password_hash: Mapped[str]
    password_set_at: Mapped[datetime]
    must_change: Mapped[bool] = mapped_column(default=False)
    totp_sealed: Mapped[bytes | None]  # the TOTP secret, encrypted with a key outside the database
    totp_last_step: Mapped[int | None]  # a code is accepted once (RFC 6238, 5.2)
    recovery_used: Mapped[int] = mapped_column(default=0)  # one bit for each code of recovery that was used


class SignIn(Base):
    """A server-side session. Its cookie holds a random secret, the table only the secret's SHA-256."""

    __tablename__ = "sign_in"
    sign_in_id: Mapped[key]
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    # The secret before the password was asked again: its cookie lives on for minutes, for the answer may be lost.
    former_hash: Mapped[bytes | None] = mapped_column(unique=True)
    former_until: Mapped[datetime | None]
    by_former: ClassVar[bool] = False  # was the session resumed by it? Then it counts as not stepped up.
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), index=True)
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime | None]  # the password was asked again then
    second_factor_at: Mapped[datetime | None]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    official: Mapped[Official] = relationship(foreign_keys=official_id)


class KeptForm(Base):
    """What somebody typed into a form and has not sent: hers alone, brought back when she opens the form again."""

    __tablename__ = "kept_form"
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)  # which form: "resolve-17"
    values: Mapped[dict[str, Any]]  # field to the list of what stands in it
    kept_at: Mapped[datetime]


class Attempt(Base):
    """A failed attempt (sign-in, tracking code), so that guessing is slowed across all processes."""

    __tablename__ = "attempt"
    attempt_id: Mapped[key]
    kind: Mapped[str]
    subject: Mapped[str]  # a hash of the login, number or address: nothing readable
    at: Mapped[datetime]
    __table_args__ = (Index("ix_attempt_kind_subject_at", "kind", "subject", "at"),)


class TokenState(StrEnum):
    """An API token works or was revoked."""

    ACTIVE = "active"
    REVOKED = "revoked"


class ApiToken(Base):
    """A bearer token of a program, acting as an official with the official's rights at that moment."""

    __tablename__ = "api_token"
    api_token_id: Mapped[key]
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    state: Mapped[TokenState] = word(TokenState, default=TokenState.ACTIVE)
    official: Mapped[Official] = relationship()
    __table_args__ = (UniqueConstraint("official_id", "label"),)


class ApiAnswer(Base):
    """What a program was answered when it made something under a key: the same key gives the same answer again."""

    __tablename__ = "api_answer"
    api_answer_id: Mapped[key]
    official_id: Mapped[int] = mapped_column(ForeignKey("official.official_id"))
    key: Mapped[str]
    asked_hash: Mapped[bytes]  # SHA-256 of what was asked
    answer: Mapped[str | None]  # JSON; empty only within the transaction that makes it
    place: Mapped[str | None]  # the address of what was made
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("official_id", "key"), Index("ix_api_answer_at", "at"))
