"""The document of the API, and a plain page that a person reads, made from the same document."""

from __future__ import annotations

from typing import Any

from flask import Response, json, render_template

from edms.web.api.layer import public
from edms.web.api.openapi import document


@public.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return Response(json.dumps(document(), ensure_ascii=False), mimetype="application/json")


@public.get("/")
def page() -> str:
    """The same for a person: every address with what it takes, gives and how it fails."""
    whole = document()
    by_tag: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in whole["tags"]}
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append({"path": path, "method": method.upper(), **operation})
    return render_template("api/about.html", whole=whole, by_tag=by_tag, schemas=whole["components"]["schemas"])
