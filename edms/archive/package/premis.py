"""What was done to what by whom (PREMIS 3.0): the files with their hashes and formats, the acts, those who acted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from edms.archive.package.parts import Act, Agent, Letter, Paper, Written
from edms.archive.package.xml import XSI, instant, told, under

PREMIS = "http://www.loc.gov/premis/v3"
SCHEMA = "https://www.loc.gov/standards/premis/v3/premis-v3-0.xsd"


class Preservation:
    """A PREMIS document in the making: objects come first in it, then events, then agents."""

    def __init__(self) -> None:
        self._objects = _root()
        self._events = _root()
        self._agents: dict[str, Agent] = {}

    def file(self, written: Written, paper: Paper | None = None) -> None:
        """A file of a representation, under the path that the representation knows it by."""
        made = under(self._objects, "object", attributes={f"{{{XSI}}}type": "file"})
        _identified(made, "object", "path", written.path)
        facts = under(made, "objectCharacteristics")
        fixity = under(facts, "fixity")
        under(fixity, "messageDigestAlgorithm", "SHA-256")
        under(fixity, "messageDigest", written.sha256)
        under(facts, "size", str(written.size))
        under(under(under(facts, "format"), "formatDesignation"), "formatName", written.media)
        if paper is not None:
            under(made, "originalName", paper.name)

    def letter(self, letter: Letter, ident: str, files: Mapping[str, str]) -> None:
        """A letter as such, and the acts on it."""
        made = under(self._objects, "object", attributes={f"{{{XSI}}}type": "intellectualEntity"})
        _identified(made, "object", "letter", ident)
        under(made, "originalName", letter.number)
        for act in letter.acts:
            self._act(act, ident, files.get(f"paper:{act.content_id}"))

    def agent(self, agent: Agent) -> None:
        """Somebody who acted; told once."""
        self._agents[agent.ident] = agent

    def done(self) -> bytes:
        """The document."""
        root = _root()
        root.set(f"{{{XSI}}}schemaLocation", f"{PREMIS} {SCHEMA}")
        for part in (self._objects, self._events):
            root.extend(list(part))
        for agent in sorted(self._agents.values(), key=lambda each: each.ident):
            made = under(root, "agent")
            _identified(made, "agent", "local", agent.ident)
            under(made, "agentName", agent.name)
            under(made, "agentType", agent.kind)
            if agent.note:
                under(made, "agentNote", agent.note)
        return told(root)

    def _act(self, act: Act, letter: str, file: str | None) -> None:
        self.agent(act.agent)
        made = under(self._events, "event")
        _identified(made, "event", "local", str(act.event_id))
        under(made, "eventType", act.kind)
        under(made, "eventDateTime", instant(act.at))
        under(under(made, "eventDetailInformation"), "eventDetail", act.words)
        _identified(made, "linkingAgent", "local", act.agent.ident)
        _identified(made, "linkingObject", "letter", letter)
        if file is not None:
            _identified(made, "linkingObject", "path", file)


def _root() -> Any:
    return etree.Element(f"{{{PREMIS}}}premis", {"version": "3.0"}, nsmap={None: PREMIS, "xsi": XSI})


def _identified(above: Any, what: str, kind: str, value: str) -> None:
    made = under(above, f"{what}Identifier")
    under(made, f"{what}IdentifierType", kind)
    under(made, f"{what}IdentifierValue", value)
