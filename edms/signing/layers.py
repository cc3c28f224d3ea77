"""Layers of a PDF resolved to what a screen shows: what is hidden leaves the page, what is shown stays without its layer.

Visibility follows the file's default configuration (ISO 32000-2, 8.11). Drawing is taken out of hidden passages and
all else stays, so that what follows stands where it stood; a passage that nothing can be said of is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

from edms.errors import RuleBroken

DEEPEST = 20  # forms within forms, policies within policies
PAINTS = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"})
DRAWS = frozenset({"Do", "sh", "INLINE IMAGE"})
SHOWS = frozenset({"Tj", "TJ", "'", '"'})
MOVES = frozenset({"Td", "TD", "Tm", "T*", "ET", "'", '"'})
Step = tuple[list[Any], Any]


def resolve(pdf: pikepdf.Pdf) -> None:
    """Leave out what its layers hide, and the layers. Errors: RuleBroken where that cannot be done."""
    seen = Seen(pdf)
    for page in pdf.pages:
        _without_hidden_notes(page, seen)
        resources = page.obj.get("/Resources")
        if _layered(resources):
            page.contents_coalesce()
            drawn = _drawn(pikepdf.parse_content_stream(page), resources, seen)
            page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(drawn))
    for thing in list(pdf.objects):
        if isinstance(thing, pikepdf.Stream):
            _of_stream(thing, seen)
    for thing in list(pdf.objects):
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream) and _layered(thing.get("/Resources")):
            _forget(thing.Resources)
    if "/OCProperties" in pdf.Root:
        del pdf.Root["/OCProperties"]


class Seen:
    """What the default configuration shows."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        properties = pdf.Root.get("/OCProperties")
        default = properties.get("/D") if isinstance(properties, pikepdf.Dictionary) else None
        self._config = default if isinstance(default, pikepdf.Dictionary) else pikepdf.Dictionary()
        self._hidden = str(self._config.get("/BaseState", "/ON")) == "/OFF"
        self._on, self._off = (_named(self._config.get(name)) for name in ("/ON", "/OFF"))
        self._by_use = {
            group
            for use in _entries(self._config.get("/AS"))
            if str(use.get("/Event", "")) == "/View"
            for group in _named(use.get("/OCGs"))
        }

    def shows(self, thing: Any, depth: int = 0) -> bool:
        """Is what belongs to this group, or to these groups together, to be seen? What is no layer hides nothing."""
        if not isinstance(thing, pikepdf.Dictionary) or depth > DEEPEST:
            return True
        kind = str(thing.get("/Type", ""))
        if kind == "/OCG":
            return self._group(thing)
        if kind != "/OCMD":
            return True
        if isinstance(thing.get("/VE"), pikepdf.Array):
            return self._expression(thing.VE, depth)
        named = thing.get("/OCGs")
        groups = [named] if isinstance(named, pikepdf.Dictionary) else _entries(named)
        states = [self._group(group) for group in groups]
        if not states:
            return True
        policy = str(thing.get("/P", "/AnyOn"))
        return {"/AllOn": all(states), "/AnyOff": not all(states), "/AllOff": not any(states)}.get(policy, any(states))

    def _group(self, group: pikepdf.Object) -> bool:
        use = group.get("/Usage", pikepdf.Dictionary())
        if group.objgen in self._by_use and "/View" in use:
            return str(use.View.get("/ViewState", "/ON")) != "/OFF"
        if group.objgen in self._off:
            return False
        return group.objgen in self._on or not self._hidden

    def _expression(self, told: Any, depth: int) -> bool:
        if not isinstance(told, pikepdf.Array) or not len(told):
            return self.shows(told, depth + 1)
        states = [
            self._expression(each, depth + 1) if isinstance(each, pikepdf.Array) else self.shows(each, depth + 1)
            for each in list(told)[1:]
            if depth < DEEPEST
        ]
        word = str(told[0])
        return not any(states) if word == "/Not" else all(states) if word == "/And" else any(states)


def _of_stream(thing: pikepdf.Stream, seen: Seen) -> None:
    """A form, a pattern or a picture that is drawn somewhere."""
    if "/OC" in thing:
        shown = seen.shows(thing.OC)
        del thing["/OC"]
        if not shown:
            for name in list(thing.keys()):
                if name not in ("/Length", "/Filter"):
                    del thing[name]
            thing.write(b"")
            thing.Type, thing.Subtype, thing.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 1, 1])
            return
    resources = thing.get("/Resources")
    if _layered(resources):
        thing.write(pikepdf.unparse_content_stream(_drawn(pikepdf.parse_content_stream(thing), resources, seen)))


def _drawn(steps: Any, resources: Any, seen: Seen) -> list[Step]:
    """The steps of a page or form without those that a hidden layer draws."""
    marks: list[bool | None] = []  # of each open passage: shown or hidden by a layer, None for any other
    moved = False  # a hidden word stood here: where a shown one would follow it is not known
    kept: list[Step] = []
    for step in steps:
        operator, operands = str(step.operator), list(step.operands)
        if operator in ("BMC", "BDC"):
            layer = bool(operands) and str(operands[0]) == "/OC"
            marks.append(seen.shows(_property(resources, operands)) if layer else None)
            if layer:
                continue
        elif operator == "EMC":
            if marks and marks.pop() is not None:
                continue
        elif False in marks:
            moved = (moved or operator in SHOWS) and operator not in MOVES
            kept += _hidden(operator, operands)
            continue
        elif moved and operator in ("Tj", "TJ"):
            raise RuleBroken("signing.layer_unclear")
        elif operator in MOVES:
            moved = False
        kept.append((operands, step.operator))
    return kept


def _hidden(operator: str, operands: list[Any]) -> Iterator[Step]:
    """What is left of a step that must not be seen: the state in which it leaves the pen."""
    if operator in DRAWS or operator in ("Tj", "TJ"):
        return
    if operator in PAINTS:
        yield [], pikepdf.Operator("n")
        return
    if operator in ("'", '"'):
        for name, value in zip(("Tw", "Tc"), operands[:2] if operator == '"' else (), strict=False):
            yield [value], pikepdf.Operator(name)
        yield [], pikepdf.Operator("T*")
        return
    yield operands, pikepdf.Operator(operator)


def _property(resources: Any, operands: list[Any]) -> Any:
    told = operands[1] if len(operands) > 1 else None
    properties = resources.get("/Properties") if isinstance(resources, pikepdf.Dictionary) else None
    if isinstance(told, pikepdf.Name) and isinstance(properties, pikepdf.Dictionary):
        return properties.get(str(told))
    return told


def _layered(resources: Any) -> bool:
    properties = resources.get("/Properties") if isinstance(resources, pikepdf.Dictionary) else None
    return isinstance(properties, pikepdf.Dictionary) and any(_is_layer(value) for _, value in properties.items())


def _forget(resources: pikepdf.Object) -> None:
    for name, value in list(resources.Properties.items()):
        if _is_layer(value):
            del resources.Properties[name]


def _without_hidden_notes(page: pikepdf.Page, seen: Seen) -> None:
    notes = page.obj.get("/Annots")
    if isinstance(notes, pikepdf.Array):
        shown = [note for note in notes if isinstance(note, pikepdf.Dictionary) and seen.shows(note.get("/OC"))]
        for note in shown:
            if "/OC" in note:
                del note["/OC"]
        page.obj.Annots = pikepdf.Array(shown)


def _is_layer(thing: Any) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and str(thing.get("/Type", "")) in ("/OCG", "/OCMD")


def _entries(things: Any) -> list[Any]:
    found = list(things) if isinstance(things, pikepdf.Array) else []
    return [each for each in found if isinstance(each, pikepdf.Dictionary)]


def _named(things: Any) -> set[tuple[int, int]]:
    return {each.objgen for each in _entries(things)}
