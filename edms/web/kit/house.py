"""The house of this application, for every view."""

from __future__ import annotations

from flask import Flask, current_app

from edms.bootstrap import House

_HOUSE = "edms_house"


def install(app: Flask, built: House) -> None:
    """Keep the house with the application."""
    app.extensions[_HOUSE] = built


def house() -> House:
    """The house."""
    found: House = current_app.extensions[_HOUSE]
    return found
