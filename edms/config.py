"""Settings, read once: from the environment (`EDMS_…`) or one TOML file named by `EDMS_CONFIG`; the environment wins.

Secrets have no default. Any setting can be given by a file instead: `EDMS_NAME_FILE` names it (secrets of containers and of
systemd are such files). `.env.example` lists every setting with its meaning (a house test compares the two).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from edms.errors import Invalid

PREFIX = "EDMS_"


class Settings(BaseModel):
    """Every setting of the service. Names are those of the environment without the prefix, in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Annotated[Path, Field(description="Folder of the embedded database, the content store and keys.")] = Path(
        "var"
    )
    database_url: Annotated[
        str | None, Field(description="PostgreSQL 15-18 for the application role; empty: the embedded one.")
    ] = None
    database_owner_url: Annotated[
        str | None, Field(description="The same database for the role that owns the schema and migrates.")
    ] = None
    database_password: Annotated[
        SecretStr | None, Field(description="Password of the application role, where its URL holds none.")
    ] = None
    database_owner_password: Annotated[
        SecretStr | None, Field(description="Password of the owner's role, where its URL holds none.")
    ] = None
    keys_dir: Path = Field(
        default_factory=lambda given: given.get("data_dir", Path("var")) / "keys",
        description="Folder of the service's own keys, the same on every machine; empty: data_dir/keys.",
    )
    database_user: Annotated[
        str, Field(description="OS user that runs the embedded PostgreSQL when edms runs as root.")
    ] = "edms"
    store: Annotated[
        Literal["folder", "s3"], Field(description="Where contents are kept: folder, or s3 (a bucket, EDMS_S3_…).")
    ] = "folder"
    store_before: Annotated[
        Literal["folder", "s3"] | None,
        Field(description="While contents are moved: where they were kept before, and are still read from."),
    ] = None
    store_dir: Annotated[Path | None, Field(description="Folder of the content store; empty: data_dir/contents.")] = (
        None
    )
    s3_bucket: Annotated[
        str | None, Field(description="Bucket of an S3-compatible store, with versions and locks.")
    ] = None
    s3_endpoint: Annotated[
        str | None, Field(description="Its address, https://host:port; empty: Amazon's of the region.")
    ] = None
    s3_region: Annotated[str, Field(description="Its region.")] = "us-east-1"
    s3_access_key: Annotated[SecretStr | None, Field(description="The service's own access key there.")] = None
    s3_secret_key: Annotated[SecretStr | None, Field(description="The secret of that key.")] = None
    s3_sse: Annotated[
        Literal["AES256", "aws:kms"] | None,
        Field(description="Encryption that the store is asked for: AES256 or aws:kms; empty: none asked."),
    ] = None
    s3_sse_key: Annotated[str | None, Field(description="Key of aws:kms; empty: the store's own.")] = None
    s3_timeout_seconds: Annotated[
        int, Field(description="For the store to answer, or to send the next bytes of an answer.", ge=1, le=300)
    ] = 20
    search: Annotated[
        Literal["postgres", "elastic"],
        Field(description="What finds letters: postgres (the database itself), or elastic (EDMS_ELASTIC_…)."),
    ] = "postgres"
    elastic_url: Annotated[
        str | None,
        Field(description="Elasticsearch 8.19 or 9: https://host:port; several nodes of one cluster separated by ';'."),
    ] = None
    elastic_user: Annotated[str | None, Field(description="The service's own user there.")] = None
    elastic_password: Annotated[SecretStr | None, Field(description="Its password.")] = None
    elastic_api_key: Annotated[
        SecretStr | None, Field(description="Instead of user and password: an API key, as it was shown (encoded).")
    ] = None
    elastic_ca_file: Annotated[
        Path | None, Field(description="Certificate authority (PEM) of its HTTPS; empty: those the system trusts.")
    ] = None
    elastic_index: Annotated[
        str,
        Field(
            description="How its indices are called; each service has its own name.", pattern=r"^[a-z0-9][a-z0-9_]*$"
        ),
    ] = "edms"
    elastic_shards: Annotated[
        int, Field(description="Shards of an index made anew; one carries some ten million letters.", ge=1, le=64)
    ] = 1
    orphan_days: Annotated[
        int, Field(description="Bytes in the store that no row speaks of are removed after so many days.", ge=2)
    ] = 30
    backup_dir: Annotated[
        Path | None, Field(description="Folder on another disk for the nightly backup; empty: none is made by itself.")
    ] = None
    backup_keep: Annotated[int, Field(description="How many nightly backups are kept.", ge=1, le=1000)] = 14
    dumps_in_store: Annotated[
        int,
        Field(
            description="How many nightly dumps of the database are kept in the content store, beside the contents; 0: none.",
            ge=0, le=100,
        ),
    ] = 0  # fmt: skip
    backup_seal_key_file: Path = Field(
        default_factory=lambda given: given.get("data_dir", Path("var")) / "backup-seal.pem",
        description="Ed25519 key (PEM) that seals backups, in none of them; empty: data_dir/backup-seal.pem.",
    )
    archive_dir: Annotated[
        Path | None,
        Field(
            description="Folder where packages handed over to the archive are laid; empty: they are taken away by hand."
        ),
    ] = None
    fixity_days: Annotated[
        int, Field(description="Within so many days every content is read again and compared.", ge=7, le=3650)
    ] = 90
    scan_dirs: Annotated[str, Field(description="Scan folders, as organisation-code=folder, separated by ';'.")] = ""
    scan_settle_seconds: Annotated[
        int, Field(description="A scan is taken when nothing was written to it for so long.", ge=1, le=600)
    ] = 5
    mailboxes: Annotated[
        SecretStr | None,
        Field(description="E-mail boxes, as organisation-code=imaps://user:password@host/Folder, separated by ';'."),
    ] = None
    public_url: Annotated[
        str | None,
        Field(description="Address where citizens reach the portal; empty: slips print telephone and counter."),
    ] = None
    desk_url: Annotated[
        str | None, Field(description="Address where officials reach the desk, for links in mails; empty: public_url.")
    ] = None
    listen: Annotated[str, Field(description="Address and port of the web server.")] = "127.0.0.1:8080"
    https: Annotated[
        Literal["off", "own", "given"],
        Field(
            description="HTTPS of the web server: off, own (a small authority made here), given (certificate and key)."
        ),
    ] = "off"
    https_certificate: Annotated[
        Path | None, Field(description="Given certificate (PEM) with the certificates that lead to its root.")
    ] = None
    https_key: Annotated[Path | None, Field(description="Its key (PEM, without a password).")] = None
    https_names: Annotated[
        str, Field(description="More names and addresses of this machine for its own certificate, separated by ';'.")
    ] = ""
    http_redirect: Annotated[
        str | None,
        Field(
            description="Address and port where plain HTTP is answered with the way to HTTPS, as 0.0.0.0:80; empty: none."
        ),
    ] = None
    trusted_proxies: Annotated[
        int,
        Field(
            description="How many reverse proxies stand before the service and say who asks (X-Forwarded-For); 0: none.",
            ge=0,
            le=5,
        ),
    ] = 0
    web_workers: Annotated[int, Field(description="Web processes.", ge=1, le=64)] = 1
    web_threads: Annotated[int, Field(description="Threads of each web process.", ge=1, le=128)] = 8
    secure_cookies: Annotated[bool, Field(description="Cookies only over HTTPS; off only on a loopback or demo.")] = (
        True
    )
    session_idle_minutes: Annotated[int, Field(description="A session ends after this much idleness.", ge=1)] = 60
    session_hours: Annotated[int, Field(description="A session ends after this long in any case.", ge=1)] = 12
    upload_limit_bytes: Annotated[int, Field(description="Largest single upload.", ge=1)] = 2 * 1024**3
    ocr_parallel: Annotated[int, Field(description="Pages recognised at the same time by one worker.", ge=1)] = 2
    smtp_url: Annotated[
        SecretStr | None, Field(description="smtp://user:password@host:port or smtps://…; empty: no letters by e-mail.")
    ] = None
    smtp_from: Annotated[str | None, Field(description="Sender address of outgoing e-mail.")] = None
    tsa_url: Annotated[str | None, Field(description="Time-stamp authority (RFC 3161) of signatures.")] = None
    trust_dir: Annotated[
        Path | None, Field(description="Folder of trusted root certificates and national lists, by country.")
    ] = None
    signing_devices: Annotated[
        Path | None,
        Field(
            description="File (TOML) that lists libraries of tokens and signing services; empty: keys in files only."
        ),
    ] = None
    algorithms_file: Annotated[
        Path | None,
        Field(description="Table of what signatures are made with and until when it is believed (TOML); empty: ours."),
    ] = None
    routes_dir: Annotated[
        Path | None,
        Field(
            description="Folder with document routes (YAML) of your own, a folder for each organisation's code; empty: none."
        ),
    ] = None
    renewal_lead_days: Annotated[
        int, Field(description="So many days before its end the proof of a signed file is carried on.", ge=7, le=1500)
    ] = 180
    ledger_key_file: Annotated[
        Path | None, Field(description="Ed25519 key (PEM) that signs checkpoints; empty: data_dir/keys/ledger.pem.")
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="debug, info, warning or error.")
    ] = "info"
    metrics_token: Annotated[
        SecretStr | None,
        Field(description="Bearer token with which monitoring reads /metrics; empty: there is none.", min_length=16),
    ] = None
    demo: Annotated[
        bool, Field(description="The fictional municipality: pages say so, sign-in lists the accounts.")
    ] = False

    @property
    def contents_dir(self) -> Path:
        """Folder of the content store."""
        return self.store_dir or self.data_dir / "contents"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a wrong or unknown one is named.

    Errors: Invalid, its fields named as in the environment.
    """
    values: dict[str, Any] = {}
    if file := environ.get(PREFIX + "CONFIG"):
        values.update(_of_file(file))
    for name in Settings.model_fields:
        text = environ.get(PREFIX + name.upper(), "")
        if path := environ.get(f"{PREFIX}{name.upper()}_FILE", "").strip():
            text = _in_file(name, path, given=text.strip() != "")
        if text.strip() != "":
            values[name] = text
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        fields = {PREFIX + ".".join(map(str, e["loc"])).upper(): e["msg"] for e in error.errors()}
        raise Invalid("config.invalid", fields=fields) from None


def _of_file(path: str) -> dict[str, Any]:
    """The settings of one TOML file. Errors: Invalid, naming EDMS_CONFIG."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise Invalid("config.invalid", fields={PREFIX + "CONFIG": "config.file_unreadable"}) from None
    except ValueError:  # also what is no UTF-8
        raise Invalid("config.invalid", fields={PREFIX + "CONFIG": "config.file_no_toml"}) from None


def _in_file(name: str, path: str, *, given: bool) -> str:
    """What the file of a setting holds, without the line's end. Errors: Invalid, naming the setting."""
    setting = f"{PREFIX}{name.upper()}_FILE"
    if given:
        raise Invalid("config.invalid", fields={setting: "config.given_twice"})
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        text = ""
    if not text:
        raise Invalid("config.invalid", fields={setting: "config.no_secret"})
    return text
