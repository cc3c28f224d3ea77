"""The conditions of a route: short expressions over its fields, with closed names and nothing to reach through them.

`score <= 57001`, `zone == 'heritage' and given(permit)`, `object_class in ('IV', 'V')`. Comparisons, and, or, not,
in, the four operations, one `a if b else c`, and the functions below; no attributes, indexes, methods, powers or
loops. A field that has no value yet makes every comparison with it false and every sum with it empty, so a condition
is always decided and an else branch catches what is not known.
"""

from __future__ import annotations

import ast
import operator
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from edms.errors import Invalid
from edms.services.definition import Field

LONGEST = 300
MOST_PARTS = 80
"""Characters and syntax nodes of one condition: a rule that needs more is two steps."""

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else None,
}
_COMPARISONS = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, among: value in among,
    ast.NotIn: lambda value, among: value not in among,
}
_ALLOWED = (
    *_BINARY,
    *_COMPARISONS,
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.BinOp,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Tuple,
)


@dataclass(frozen=True)
class Condition:
    """A condition read and found harmless: its text, its syntax, the names and functions it uses."""

    text: str
    tree: ast.expr
    names: frozenset[str]


_ALONE = (
    threading.Lock()
)  # two threads that make trees at once may break each other's in Python 3.11 (CPython gh-106905)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Condition:
    """Read a condition. Errors: Invalid (`services.condition.…`) when it is too long, not one, or does too much."""
    if len(text) > LONGEST:
        raise Invalid("services.condition.too_long", n=LONGEST, condition=text[:LONGEST])
    try:
        with _ALONE:
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Invalid("services.condition.unreadable", condition=text) from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_PARTS:
        raise Invalid("services.condition.too_long", n=MOST_PARTS, condition=text)
    functions = set()
    for node in nodes:
        if not isinstance(node, _ALLOWED) or (isinstance(node, ast.Constant) and not _plain(node.value)):
            raise Invalid("services.condition.forbidden", condition=text, part=type(node).__name__)
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords or not node.args:
                raise Invalid("services.condition.forbidden", condition=text, part=ast.unparse(node.func))
            functions.add(id(node.func))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in functions}
    return Condition(text, tree.body, frozenset(names))


def holds(text: str, fields: Mapping[str, Field], values: Mapping[str, Any]) -> bool:
    """Whether the condition holds for these values (JSON, by field name). Errors: Invalid for names not among `fields`."""
    if text in ("True", "False"):
        return text == "True"
    return bool(_evaluated(text, fields, values, {}))


def parts_fit(text: str, fields: Mapping[str, Field], values: Mapping[str, Any], rate: Decimal | None = None) -> None:
    """Decide every part of a condition by itself: what stands behind an `and` is not looked at until a citizen is there.

    Errors: Invalid.
    """
    for node in ast.walk(parsed(text).tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = zip(sides, node.ops, sides[1:], strict=False)
            parts: list[ast.expr] = [ast.Compare(left, [how], [right]) for left, how, right in pairs]
        else:
            parts = [node] if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call) else []
        for part in parts:
            _evaluated(text, fields, values, {"rate": rate}, part)


def amount(text: str, fields: Mapping[str, Field], values: Mapping[str, Any], rate: Decimal | None) -> Decimal | None:
    """What an expression comes to, `rate` among its names; None while something it needs has no value.

    Errors: Invalid for one that comes to no number.
    """
    found = _evaluated(text, fields, values, {"rate": rate})
    if found is not None and not (isinstance(found, Decimal) and found.is_finite()):
        raise Invalid("services.condition.unfit", condition=text)
    return found


def _evaluated(
    text: str, fields: Mapping[str, Field], values: Mapping[str, Any], more: Mapping[str, Any],
    part: ast.expr | None = None,
) -> Any:  # fmt: skip
    """What the condition comes to, or one part of it."""
    condition = parsed(text)
    known = {name: value_of(field, values.get(name)) for name, field in fields.items() if name in condition.names}
    known |= {name: value for name, value in more.items() if name in condition.names}
    if unknown := sorted(condition.names - known.keys()):
        raise Invalid("services.condition.name_unknown", condition=text, name=unknown[0])
    try:
        return _Evaluator(known).eval(text, part or condition.tree)
    except (TypeError, ArithmeticError, InvalidExpression):
        raise Invalid("services.condition.unfit", condition=text) from None


def value_of(field: Field, value: Any) -> Any:
    """A field's value as conditions see it: numbers as Decimal, None where nothing was given."""
    if value is None or value == "":
        return None
    if not field.kind.is_number:
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _plain(value: object) -> bool:
    return isinstance(value, str | bool | int | float) or value is None


def _empty_aware(operation: Callable[[Any, Any], Any], empty: Any) -> Callable[[Any, Any], Any]:
    return lambda left, right: empty if left is None or right is None else operation(left, right)


def _known(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "given": lambda *values: all(value is not None for value in values),
    "least": lambda *values: min(_known(*values), default=None),
    "most": lambda *values: max(_known(*values), default=None),
    "rounded": lambda value: None if value is None else round(value, 2),
}
"""What a condition may call: `given(a, …)` all have a value, `least`, `most` of those that have, `rounded` to 0.01."""


class _Evaluator(SimpleEval):  # type: ignore[misc]
    def __init__(self, names: Mapping[str, Any]) -> None:
        operators: dict[Any, Any] = {kind: _empty_aware(of, None) for kind, of in _BINARY.items()}
        operators |= {kind: _empty_aware(of, False) for kind, of in _COMPARISONS.items()}
        operators |= {ast.Not: operator.not_, ast.USub: _negative}
        super().__init__(operators=operators, functions=dict(FUNCTIONS), names=dict(names))
        kept = (ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call)
        inherited: dict[type[ast.AST], Callable[[Any], Any]] = vars(self)["nodes"]
        nodes: dict[type[ast.AST], Callable[[Any], Any]] = {kind: inherited[kind] for kind in kept}
        self.nodes = {**nodes, ast.Constant: _constant, ast.Tuple: lambda node: tuple(map(self._eval, node.elts))}


def _negative(value: Any) -> Any:
    return None if value is None else -value


def _constant(node: ast.Constant) -> Any:
    value = node.value
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
