"""Settings from the environment, from a file, and secrets each from a file of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from edms.config import Settings, load
from edms.db.engine import database_urls
from edms.errors import Invalid

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_every_secret_can_be_given_by_a_file(tmp_path):
    secrets = [name for name, each in Settings.model_fields.items() if "SecretStr" in str(each.annotation)]
    assert {"database_password", "s3_secret_key", "elastic_password", "smtp_url", "metrics_token"} <= set(secrets)
    environ = {}
    for name in secrets:
        (tmp_path / name).write_text(f"a long secret of {name}\n")
        environ[f"EDMS_{name.upper()}_FILE"] = str(tmp_path / name)
    made = load(environ)
    for name in secrets:
        value = getattr(made, name)
        assert isinstance(value, SecretStr)
        assert value.get_secret_value() == f"a long secret of {name}"
        assert value.get_secret_value() not in repr(made)


def test_file_that_is_missing_or_empty_or_a_second_answer_is_named(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "secret").write_text("x")
    for given, message in (
        ({"EDMS_S3_SECRET_KEY_FILE": str(tmp_path / "nowhere")}, "config.no_secret"),
        ({"EDMS_S3_SECRET_KEY_FILE": str(tmp_path / "empty")}, "config.no_secret"),
        ({"EDMS_S3_SECRET_KEY_FILE": str(tmp_path / "secret"), "EDMS_S3_SECRET_KEY": "y"}, "config.given_twice"),
    ):
        with pytest.raises(Invalid) as caught:
            load(given)
        assert dict(caught.value.fields) == {"EDMS_S3_SECRET_KEY_FILE": message}


def test_passwords_stand_apart_from_the_database_urls():
    settings = Settings(
        database_url="postgresql://edms_app@db/edms", database_password=SecretStr("p@ss/word"),
        database_owner_url="postgresql://edms_owner@db/edms", database_owner_password=SecretStr("other"),
    )  # fmt: skip
    urls = database_urls(settings)
    assert urls.app == "postgresql+psycopg://edms_app:p%40ss%2Fword@db/edms"
    assert urls.owner == "postgresql+psycopg://edms_owner:other@db/edms"


def test_the_keys_are_in_the_data_folder_unless_told_otherwise():
    assert load({"EDMS_DATA_DIR": "/srv/a"}).keys_dir == Path("/srv/a/keys")
    assert load({"EDMS_DATA_DIR": "/srv/a", "EDMS_KEYS_DIR": "/srv/keys"}).keys_dir == Path("/srv/keys")


def test_the_example_names_every_setting_once_with_its_meaning_and_its_default():
    named = dict(re.findall(r"^# (.+)\n# EDMS_([A-Z0-9_]+)=.*$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    meanings = {name.upper(): each.description for name, each in Settings.model_fields.items()}
    assert {setting: meaning for meaning, setting in named.items()} == meanings
    values = re.findall(r"^# (EDMS_[A-Z0-9_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    usual = {setting: value for setting, value in values if not setting.endswith("_FILE")}
    assert load(usual) == load({}), "with every comment taken off nothing changes"


def test_a_file_of_settings_that_is_missing_or_no_toml_is_named(tmp_path):
    (tmp_path / "broken.toml").write_text("listen = \n")
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")
    for name, message in (("nowhere", "unreadable"), ("broken.toml", "no_toml"), ("other.toml", "no_toml")):
        with pytest.raises(Invalid) as caught:
            load({"EDMS_CONFIG": str(tmp_path / name)})
        assert dict(caught.value.fields) == {"EDMS_CONFIG": f"config.file_{message}"}
