"""What needs no server: settings of the engine, its breaker, words laid out in columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms.config import Settings, load
from edms.errors import Invalid, Unavailable
from edms.language import analyse, lexemes_of
from edms.search import choosing
from edms.search.breaker import Breaker
from edms.search.elastic_client import connect, refusal
from edms.search.elastic_engine import ElasticEngine, is_old
from edms.search.elastic_shape import COLUMNS, HOLE, WEIGHED, body, columns_of
from edms.search.port import WORTH, Weight
from edms.search.postgres import PostgresEngine
from edms.search.vector import LONGEST, coded
from tests.search_models import entry

URL = "https://search.example:9200"


def settings(**values: object) -> Settings:
    return Settings.model_validate({"search": "elastic", "elastic_url": URL, **values})


def test_the_settings_alone_choose_the_engine() -> None:
    assert isinstance(choosing.chosen(load({})), PostgresEngine)
    made = choosing.chosen(load({"EDMS_SEARCH": "elastic", "EDMS_ELASTIC_URL": "http://127.0.0.1:1"}))
    assert isinstance(made, ElasticEngine)
    assert made.alias == "edms-v2"


def test_user_password_and_key_come_from_the_settings() -> None:
    with_user = choosing.cluster_of(settings(elastic_user="edms", elastic_password="s3cret"))
    assert (with_user.user, with_user.password.get_secret_value()) == ("edms", "s3cret")
    assert with_user.api_key is None
    with_key = choosing.cluster_of(settings(elastic_api_key="s3cret"))
    assert (with_key.user, with_key.api_key.get_secret_value()) == (None, "s3cret")
    assert "s3cret" not in repr((with_user, with_key))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"elastic_url": None}, "EDMS_ELASTIC_URL"),
        ({"elastic_url": " ; "}, "EDMS_ELASTIC_URL"),
        ({"elastic_user": "edms"}, "EDMS_ELASTIC_PASSWORD"),
    ],
)
def test_what_is_missing_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(Invalid) as caught:
        choosing.cluster_of(settings(**values))
    assert list(caught.value.fields) == [named]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"elastic_url": "search.example"}, "EDMS_ELASTIC_URL"),
        ({"elastic_ca_file": "/nowhere/ca.pem"}, "EDMS_ELASTIC_CA_FILE"),
        ({"elastic_ca_file": __file__}, "EDMS_ELASTIC_CA_FILE"),
    ],
)
def test_an_address_or_certificate_that_cannot_be_used_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(Invalid) as caught:
        connect(choosing.cluster_of(settings(**values)))
    assert list(caught.value.fields) == [named]


def test_an_index_name_that_could_meet_another_service_is_refused() -> None:
    for name in ("edms-v1", "Edms", "edms*", ""):
        with pytest.raises(ValueError, match="elastic_index"):
            settings(elastic_index=name)


def test_a_server_that_fails_is_left_alone_and_one_call_tries_again() -> None:
    now = [100.0]
    breaker = Breaker(5.0, now=lambda: now[0])
    breaker.enter()
    breaker.failed()
    now[0] += 4.9
    with pytest.raises(Unavailable):
        breaker.enter()
    now[0] += 0.2
    breaker.enter()
    with pytest.raises(Unavailable):
        breaker.enter()  # one tries, the rest wait for what it finds
    breaker.answered()
    breaker.enter()


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (404, "index_not_found_exception", "search.index_gone"),
        (401, "security_exception", "search.not_signed_in"),
        (403, "security_exception", "search.not_allowed"),
        (403, "cluster_block_exception", "search.closed_for_writing"),
        (429, "cluster_block_exception", "search.closed_for_writing"),
        (429, "es_rejected_execution_exception", "search.overloaded"),
        (503, "search_phase_execution_exception", "search.overloaded"),
        (400, "search_phase_execution_exception", "search.not_understood"),
    ],
)
def test_every_refusal_has_its_reason(status: int, reason: str, message: str) -> None:
    error = refusal(status, reason)
    assert isinstance(error, Unavailable)
    assert error.message == message


def test_words_of_one_place_stand_in_columns_of_equal_positions() -> None:
    laid = body(entry(1, "", "გზის 12-05/41 road"))
    columns = {
        name: laid[name].split() for kind, many in COLUMNS.items() for name in columns_of(kind, many) if name in laid
    }
    assert columns["x0"][1] == coded("xგზის")
    assert columns["s0"][1] == coded("sგზ")
    assert columns["x0"][2] == HOLE, "a number has no form"
    assert coded("n12-05/41") in [column[2] for name, column in columns.items() if name[0] == "k" and len(column) > 2]
    assert columns["x0"][3] == coded("xroad")
    assert set(laid["words"].split()) >= {coded("xგზის"), coded("n12-05/41"), coded("n41"), coded("xroad")}


def test_words_with_weight_are_kept_apart_and_every_word_is_among_the_words() -> None:
    laid = body(entry(1, "გზა", "სახლი " + "ის " * 200 + "ბოლო", sender="ნანა", doubt="ხიდი"))
    for field, word in (("subject", "გზა"), ("card", "ნანა"), ("text", "ის"), ("rest", "სახლი"), ("rest", "ბოლო")):
        assert coded("x" + word) in laid[field].split()
    assert coded("xსახლი") not in laid["text"].split()
    assert coded("wxხიდი") in laid["words"].split(), "in no field of places"
    assert {word for field in WEIGHED.values() for word in laid[field].split()} == set(laid["words"].split())
    assert {*WEIGHED} == {*Weight} == {*WORTH}


@pytest.mark.parametrize("word", ["ა" * 255, "𐐀" * 255, "q" * 253 + "𐐀", "wx" + "ა" * 253, "1" * 255])
def test_a_word_is_never_broken_by_the_engine(word: str) -> None:
    for tag in "xsln":
        short = coded(tag + word)
        assert 127 <= len(short.encode("utf-16-le")) // 2 <= LONGEST
        assert coded(tag + word[:40])[:40] == short[:40], "a beginning begins what is kept"


@given(st.text(max_size=60))
def test_no_word_has_a_blank_in_it(text: str) -> None:
    found = body(entry(1, text))["words"]
    lexemes = {coded(lexeme) for token in analyse(text) for lexeme in lexemes_of(token)}
    assert set(found.split()) == lexemes
    assert not any(word.split() != [word] for word in lexemes)


def test_a_server_older_than_those_tried_is_known_by_its_version() -> None:
    told = {
        "7.17.28": True,
        "8.9.2": True,
        "8.18.3": True,
        "8.19.0": False,
        "8.19.20": False,
        "9.0.0-beta1": False,
        "10.1.0": False,
    }
    assert {version: is_old(version) for version in told} == told
