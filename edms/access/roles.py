"""The roles of an office. A role is granted for days, in an organisation or one of its units (`edms.staff`)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an official is, as far as rights go."""

    REGISTRAR = "registrar"  # receives, registers, dispatches
    OFFICIAL = "official"  # executes, drafts
    HEAD = "head"  # mayor, council chair, head of a unit (with the grant's unit): resolves, signs
    DEPUTY = "deputy"  # of the head, resolves and signs within what is routed to her
    HEAD_SECRETARY = "head_secretary"  # prepares for a head
    CONTROLLER = "controller"  # watches terms
    LAWYER = "lawyer"
    ARCHIVIST = "archivist"  # file plan, case files, retention
    AUDITOR = "auditor"  # reads, changes nothing
    ADMINISTRATOR = "administrator"  # people and registers; reads no letters by that role
    COUNCIL_CHAIR = "council_chair"
    COUNCIL_MEMBER = "council_member"
    COUNCIL_SECRETARY = "council_secretary"
    COMMISSION_MEMBER = "commission_member"
    TERRITORIAL_REPRESENTATIVE = "territorial_representative"
