"""Registration by eight clients at once, beside the bare transaction: counter row locked, three inserts, commit."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import psycopg
from sqlalchemy import event, select

from benchmarks.report import Report, median
from benchmarks.stage import Client, Stage, rate, stage, web
from edms.access.actor import Actor
from edms.db.engine import conninfo
from edms.demo.town import Town
from edms.registry import registration
from edms.registry.card import Card
from edms.registry.models import Correspondent, Register
from edms.registry.words import RegisterKind
from edms.staff import tokens
from edms.staff.actors import actor_for
from edms.staff.models import Official

CLIENTS, ROUNDS, SECONDS = 8, 3, 5.0
BARE = """
CREATE TABLE bare_counter (id int PRIMARY KEY, last int NOT NULL);
CREATE TABLE bare_document (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, serial int UNIQUE, card jsonb NOT NULL);
CREATE TABLE bare_number (serial int PRIMARY KEY, document_id bigint NOT NULL);
CREATE TABLE bare_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document_id bigint NOT NULL, at timestamptz);
INSERT INTO bare_counter VALUES (1, 0);
"""
CARD = '{"summary": "გთხოვთ, შეაკეთოთ გზა ჩვენს უბანში", "sender": "გიორგი ბერიძე", "address": "თავისუფლების ქ. 4"}'


def run(report: Report) -> None:
    """Rates of both in turn, three times; then what one registration spends its time on."""
    with stage() as here:
        psycopg.connect(conninfo(here.house.urls.owner), autocommit=True).execute(BARE)
        seconds = SECONDS * (4 if report.full else 1)
        bare, service, pages = [], [], []
        with web(here) as listen:
            for _ in range(ROUNDS):
                bare.append(rate(CLIENTS, seconds, lambda _n: _bare(here)))
                service.append(rate(CLIENTS, seconds, lambda _n: _service(here)))
                pages.append(rate(CLIENTS, seconds, lambda _n: by_http(here, listen)))
        limit = median(bare)
        shares = [(median([got / beside for got, beside in zip(kind, bare, strict=True)])) for kind in (service, pages)]
        report.row(
            "registration by HTTP, 8 clients", median(pages), "letters/s", "bare transaction, 8 connections", limit,
            shares[1], ">= 40 %",
        )  # fmt: skip
        report.row(
            "registration by HTTP, on this machine",
            median(pages),
            "letters/s",
            bar=">= 50",
        )
        report.row(
            "registration by the service, 8 threads", median(service), "letters/s", "bare transaction, 8 connections",
            limit, shares[0],
        )  # fmt: skip
        _profile(report, here)


def _bare(here: Stage) -> Callable[[], object]:
    """The least that can be called a registration."""
    connection = psycopg.connect(conninfo(here.house.urls.owner))

    def act() -> None:
        with connection.transaction():
            (serial,) = connection.execute(
                "UPDATE bare_counter SET last = last + 1 WHERE id = 1 RETURNING last"
            ).fetchone() or (0,)
            (document,) = connection.execute(
                "INSERT INTO bare_document (serial, card) VALUES (%s, %s) RETURNING id", [serial, CARD]
            ).fetchone() or (0,)
            connection.execute("INSERT INTO bare_number VALUES (%s, %s)", [serial, document])
            connection.execute("INSERT INTO bare_event (document_id, at) VALUES (%s, now())", [document])

    return act


def by_http(here: Stage, listen: str) -> Callable[[], object]:
    """By the REST API, as a program would; by the form of the desk where there is no API."""
    client = Client(listen)
    return by_api(here, client) if client.get("/api/v1/openapi.json")[0] == 200 else by_form(here, client)


def by_api(here: Stage, client: Client) -> Callable[[], object]:
    """One JSON body a letter, a bearer token, a key for each."""
    book, sender = here.town.books[RegisterKind.INCOMING], _sender(here)
    with here.house.transaction() as session:
        clerk = session.get_one(Official, here.town.people["nino"].official_id)
        system = replace(Actor.system(clerk.organisation_id), stepped_up=True)
        _, secret = tokens.create_token(session, system, clerk, label=secrets.token_hex(6))
    client.headers["Authorization"] = f"Bearer {secret}"
    card = {
        "register_id": book.register_id,
        "summary": "გთხოვთ, შეაკეთოთ გზა ჩვენს უბანში",
        "correspondent_id": sender[0],
        "addressee_id": here.town.people["davit"].official_id,
    }

    def act() -> None:
        status, body, _ = client.post_json("/api/v1/documents", card, **{"Idempotency-Key": secrets.token_hex(12)})
        if status != 201:
            raise RuntimeError(f"registering answered {status}: {body[:2000].decode(errors='replace')}")

    return act


def by_form(here: Stage, client: Client) -> Callable[[], object]:
    """As a clerk's browser: the card sent as a form."""
    book, sender, token = here.town.books[RegisterKind.INCOMING], _sender(here), client.sign_in("nino")

    def act() -> None:
        status, body, _ = client.post(
            "/arrivals/new",
            {
                "csrf_token": token,
                "key": secrets.token_hex(12),
                "register_id": book.register_id,
                "channel": "counter",
                "summary": "გთხოვთ, შეაკეთოთ გზა ჩვენს უბანში",
                "correspondent": sender[0],
                "correspondent_text": sender[1],
                "language": "ka",
                "addressee": here.town.people["davit"].official_id,
            },
        )
        if status != 303:
            raise RuntimeError(f"registering answered {status}: {body[:2000].decode(errors='replace')}")

    return act


def _sender(here: Stage) -> tuple[int, str]:
    """A correspondent that is known already: the neighbour."""
    with here.house.transaction() as session:
        known = select(Correspondent).where(Correspondent.organisation_id == here.town.kvemo.organisation_id)
        found = session.scalars(known.limit(1)).one()
        return found.correspondent_id, found.name


def card_of(here: Stage, correspondent_id: int) -> Card:
    """The same card for the service."""
    return Card(
        summary="გთხოვთ, შეაკეთოთ გზა ჩვენს უბანში",
        correspondent_id=correspondent_id,
        addressee_id=here.town.people["davit"].official_id,
    )


def _service(here: Stage) -> Callable[[], object]:
    card = card_of(here, _sender(here)[0])
    return lambda: register_one(here, card)


def register_one(here: Stage, card: Card) -> None:
    """One letter on paper in its transaction."""
    town: Town = here.town
    with here.house.transaction() as session:
        book = session.get_one(Register, town.books[RegisterKind.INCOMING].register_id)
        clerk = actor_for(session, session.get_one(type(town.people["nino"]), town.people["nino"].official_id))
        registration.register(session, clerk, book, card, idempotency_key=secrets.token_hex(12), waiting_scan=True)


@contextmanager
def _watched(here: Stage) -> Iterator[list[tuple[str, float]]]:
    """Statements and their seconds on this house's engine."""
    said: list[tuple[str, float]] = []
    engine = here.house.engine

    def before(connection: object, cursor: object, statement: str, *_rest: object) -> None:
        said.append((statement, perf_counter()))

    def after(connection: object, cursor: object, statement: str, *_rest: object) -> None:
        said[-1] = (statement, perf_counter() - said[-1][1])

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _profile(report: Report, here: Stage) -> None:
    """Round trips and time of one registration by the service, alone on the machine."""
    card = card_of(here, _sender(here)[0])
    for _ in range(20):
        register_one(here, card)
    walls, statements, in_database = [], [], []
    with _watched(here) as said:
        for _ in range(100):
            said.clear()
            began = perf_counter()
            register_one(here, card)
            walls.append((perf_counter() - began) * 1000)
            statements.append(len(said))
            in_database.append(sum(seconds for _, seconds in said) * 1000)
        shown = [(statement, seconds) for statement, seconds in said]
    report.row("statements of one registration", median(statements), "")
    report.row("one registration, alone", median(walls), "ms", "in the database", median(in_database))
    if report.full:
        for statement, seconds in shown:
            print(f"    {seconds * 1000:6.2f} ms  {' '.join(statement.split())[:140]}")
