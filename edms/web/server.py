"""The web server: gunicorn with threads, one application per process. `python -m edms.web.server` runs it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from edms import collector, logs
from edms.bootstrap import build
from edms.config import Settings, load
from edms.https.serving import Contexts, ready
from edms.keeper import end_with_keeper
from edms.sandbox.nursery import NURSERY
from edms.web import morning, patience
from edms.web.app import create_app
from edms.web.kit import meters


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn under our settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._tls = settings, Contexts(settings)
        super().__init__()

    def load_config(self) -> None:
        if self._settings.trusted_proxies:
            patience.OF_ONE = patience.RECEIVERS + self._settings.web_threads
        options: dict[str, Any] = {
            "bind": self._settings.listen,
            "workers": self._settings.web_workers,
            "threads": self._settings.web_threads,
            "worker_class": "edms.web.patience.Worker",
            # An upload of 2 GiB over a village's line takes its time; threads are watched by their own heartbeat.
            "timeout": 120,
            "graceful_timeout": 20,
            "keepalive": 5,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "edms",
            "child_exit": lambda _server, worker: meters.gone(worker.pid),
        }
        if self._settings.https != "off":
            now = ready(self._settings)
            options |= {
                "certfile": str(now.certificate),
                "keyfile": str(now.key),
                # Asked for each connection: a renewed certificate is shown without a restart.
                "ssl_context": lambda _config, _usual: self._tls.context(),
            }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        # Here, in each process: gunicorn sets its own logging up before.
        logs.configure(self._settings.log_level)
        made = create_app(build(self._settings))
        collector.settle()
        morning.prepare(made)
        return made


def main() -> None:
    """Serve until told to stop."""
    end_with_keeper()
    settings = load()
    logs.configure(settings.log_level)
    collector.settle()
    NURSERY.share()
    with meters.shared():
        Server(settings).run()


if __name__ == "__main__":
    main()
