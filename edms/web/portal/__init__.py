"""Pages of the citizens: no menus, no account, no script needed."""

from __future__ import annotations

from flask import Flask

from edms.web.portal import apply, bring, founding, proposals, track, trust, verify

BLUEPRINTS = (track.bp, apply.bp, bring.bp, proposals.bp, verify.bp, founding.bp, trust.bp)


def register(app: Flask) -> None:
    """Give the application its public pages."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
