"""Which engine the settings choose."""

from __future__ import annotations

from edms.config import Settings
from edms.errors import Invalid
from edms.search.elastic_client import Cluster
from edms.search.elastic_engine import ElasticEngine
from edms.search.port import Engine
from edms.search.postgres import PostgresEngine


def chosen(settings: Settings) -> Engine:
    """The engine of this service. Errors: Invalid, naming the settings that are missing."""
    return PostgresEngine() if settings.search == "postgres" else ElasticEngine(cluster_of(settings))


def cluster_of(settings: Settings) -> Cluster:
    """Where the engine is and how to sign in. Errors: Invalid."""
    urls = tuple(url.strip().rstrip("/") for url in (settings.elastic_url or "").split(";") if url.strip())
    if not urls:
        raise Invalid("config.invalid", fields={"EDMS_ELASTIC_URL": "config.needed_for_elastic"})
    user, password, api_key = settings.elastic_user, settings.elastic_password, settings.elastic_api_key
    if user is not None and password is None:
        raise Invalid("config.invalid", fields={"EDMS_ELASTIC_PASSWORD": "config.needed_for_elastic"})
    return Cluster(
        urls, settings.elastic_index, user, password, api_key, settings.elastic_ca_file, settings.elastic_shards
    )
