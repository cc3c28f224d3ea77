"""Reader tokens: who holds which, and what they open."""

from __future__ import annotations

from sqlalchemy import Column, Text, false, true
from sqlalchemy.dialects import postgresql

from edms.access.actor import Actor, Grant
from edms.access.roles import Role
from edms.access.scope import actor_tokens, document_tokens, own_organisation, visible
from edms.registry.models import Document

READERS = Document.readers
NAMED = {"official:17", "addressee:17"}


def actor(*grants: Grant, **more: object) -> Actor:
    return Actor(official_id=17, organisation_id=1, grants=grants, **more)  # type: ignore[arg-type]


def test_one_without_tokens_sees_nothing() -> None:
    assert visible(Actor(official_id=None, organisation_id=1), READERS).compare(false())


def test_the_service_itself_sees_all() -> None:
    assert visible(Actor.system(), READERS).compare(true())


def test_the_condition_asks_for_an_overlap_with_just_the_actors_tokens() -> None:
    condition = visible(actor(), READERS).compile(dialect=postgresql.dialect())
    assert "readers && " in str(condition)
    assert list(condition.params.values()) == [["addressee:17", "official:17"]]


def test_a_registrar_reads_open_and_official_use_but_not_personal() -> None:
    assert actor_tokens(actor(Grant(Role.REGISTRAR, 1))) == {*NAMED, "org:1:open", "org:1:official_use"}


def test_a_head_of_a_unit_reads_the_units_letters_not_the_organisations() -> None:
    assert actor_tokens(actor(Grant(Role.HEAD, 1, frozenset({4, 5})))) == {*NAMED, "unit:4", "unit:5"}


def test_an_administrator_reads_only_what_names_her() -> None:
    assert actor_tokens(actor(Grant(Role.ADMINISTRATOR, 1))) == NAMED


def test_a_substitute_holds_the_absent_ones_own_token_too() -> None:
    assert {"official:17", "official:3"} <= actor_tokens(actor(acting_for=3))


def test_a_personal_letter_is_not_opened_by_its_unit() -> None:
    tokens = document_tokens(organisation_id=1, grade="personal", unit_id=4, officials=[17])
    assert tokens == ["official:17", "org:1:personal"]
    assert "unit:4" in document_tokens(organisation_id=1, grade="open", unit_id=4)


def test_without_an_organisation_no_list_has_rows() -> None:
    organisation = Column("organisation_id", Text)
    assert own_organisation(Actor(official_id=1, organisation_id=None), organisation).compare(false())
    assert own_organisation(Actor.system(), organisation).compare(true())
    assert not own_organisation(Actor.system(3), organisation).compare(true())
