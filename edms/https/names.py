"""What this machine is called on its network: host names and addresses that people may type."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Names:
    """Host names and addresses, each once, in order."""

    hosts: tuple[str, ...]
    addresses: tuple[Address, ...]

    @property
    def texts(self) -> list[str]:
        """All of them as they are typed."""
        return [*self.hosts, *map(str, self.addresses)]


def here(more: str = "") -> Names:
    """The names that the machine knows of itself, and those named in the settings (separated by ';')."""
    host = socket.gethostname()
    found = [
        *(text.strip() for text in more.split(";")),
        host,
        socket.getfqdn(),
        "localhost",
        *_interfaces(host),
        "127.0.0.1",
    ]
    hosts: list[str] = []
    addresses: list[Address] = []
    for text in filter(None, found):
        try:
            addresses.append(ipaddress.ip_address(text))
        except ValueError:
            with contextlib.suppress(UnicodeError):
                hosts.append(text.lower().encode("idna").decode("ascii"))
    return Names(tuple(dict.fromkeys(hosts)), tuple(dict.fromkeys(addresses)))


def reached_at(listen: str, *, secure: bool, more: str = "") -> str:
    """Where a browser finds a web server that listens there; one that listens everywhere has this machine's first name."""
    host, _, port = listen.rpartition(":")
    if host in ("", "*", "0.0.0.0", "[::]"):  # noqa: S104  it is looked at, nothing is bound to it
        host = here(more).texts[0]
    usual = port == ("443" if secure else "80")
    return f"{'https' if secure else 'http'}://{host}{'' if usual else f':{port}'}"


def _interfaces(host: str) -> list[str]:
    """The addresses under which others reach this machine, as far as it knows."""
    found = []
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(host, None) if "%" not in str(info[4][0])]
    for family, outside in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((outside, 9))  # sends nothing: it only asks which address would be used
            found.append(str(probe.getsockname()[0]))
    return found
