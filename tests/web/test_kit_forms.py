"""Forms: what people type becomes a model, or says at each field what is wrong."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import pytest
from flask import Flask
from pydantic import BaseModel, ConfigDict, Field, field_validator
from werkzeug.datastructures import MultiDict

from edms import words
from edms.web.kit import Filled, FormInvalid, answers, read
from edms.web.kit.forms import Day, OneLine, Paragraphs
from tests.web.gallery import gallery_app


class Channel(StrEnum):
    POST = "post"
    COUNTER = "counter"


class Card(BaseModel):
    model_config = ConfigDict(extra="forbid")

    summary: Annotated[OneLine, Field(min_length=1, max_length=20)]
    text: Annotated[Paragraphs, Field(max_length=5)] | None = None
    sheets: Annotated[int, Field(ge=1, le=9999)] = 1
    received_on: Day | None = None
    channel: Channel = Channel.POST
    executors: list[str] = []

    @field_validator("summary")
    @classmethod
    def _no_stars(cls, value: str) -> str:
        if "*" in value:
            raise ValueError("field.wrong")
        return value


@pytest.fixture
def app() -> Flask:
    return gallery_app()


def _read(app: Flask, **fields: str | list[str]) -> Card:
    with app.test_request_context("/desk?lang=en"):
        app.preprocess_request()
        return read(Card, MultiDict(fields))


def _faults(app: Flask, **fields: str) -> dict[str, str]:
    with app.test_request_context("/desk?lang=en"):
        app.preprocess_request()
        with pytest.raises(FormInvalid) as caught:
            read(Card, MultiDict(fields))
        return dict(words.explain("en", caught.value).fields)


def test_a_form_becomes_a_model(app: Flask) -> None:
    card = _read(
        app,
        summary="  სახურავი ",
        sheets="3",
        received_on="05.03.2026",
        channel="counter",
        executors=["7", "9"],
        text="",
    )
    assert card == Card(
        summary="სახურავი", sheets=3, received_on=dt.date(2026, 3, 5), channel=Channel.COUNTER, executors=["7", "9"]
    )


def test_fields_of_others_are_left_alone(app: Flask) -> None:
    assert _read(app, summary="x", csrf_token="abc", summary_text="words").summary == "x"


def test_every_fault_is_said_at_its_field(app: Flask) -> None:
    said = _faults(app, sheets="many", received_on="31.2", channel="pigeon", text="too long a text")
    assert said == {
        "summary": "Fill this in.",
        "sheets": "Write a whole number, digits only.",
        "received_on": "This is not a date. Write it as 21.11.2026.",
        "channel": "Choose one of the list.",
        "text": "This is too long. Shorten it to 5 characters.",
    }


def test_each_field_has_its_own_measure(app: Flask) -> None:
    said = _faults(app, summary="x" * 21, text="y" * 6, sheets="0")
    assert "20" in said["summary"]
    assert "5" in said["text"]
    assert said["sheets"] == "The least that can be entered is 1."


def test_a_rule_of_the_model_names_its_own_message(app: Flask) -> None:
    assert _faults(app, summary="a*b") == {"summary": "This cannot be accepted as it is. Check it and correct it."}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x1bc", "abc"),
        ("one\r\ntwo", "one two"),
        ("e\u0301", "\u00e9"),
        ("\ud800x", "x"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("ՆՈՐ և հին", "ՆՈՐ և հին"),
    ],
)
def test_naughty_strings_are_made_storable_once(app: Flask, typed: str, kept: str) -> None:
    assert _read(app, summary=typed).summary == kept


def test_unknown_fields_of_a_program_are_refused(app: Flask) -> None:
    with app.test_request_context("/desk?lang=en"):
        app.preprocess_request()
        with pytest.raises(FormInvalid) as caught:
            answers(Card, {"summary": "x", "colour": "red"})
    assert caught.value.fields == {"colour": "field.unknown"}


def test_a_failed_form_keeps_every_typed_character(app: Flask) -> None:
    fields = {"summary": "", "text": " half a sentence ", "executors": ["7", "9"]}
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/register?lang=ka", method="POST", data=fields):
        app.preprocess_request()
        form = Filled.again(FormInvalid({"summary": "field.missing"}), {"summary": "შინაარსი"})
    assert form.failed
    assert form.value("text") == " half a sentence "
    assert form.has("executors", 9)
    assert form.error("summary") == words.say("ka", "field.missing")
    assert form.error("text") is None
