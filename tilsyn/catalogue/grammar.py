"""What the models say of a document on a day: a model, or problems at the very key or value.

pydantic judges; here its errors lose what only a programmer understands (names of union branches,
Python types) and get the place in the file, the keys that are allowed there, and the nearest of
them. It also refuses conversions that pydantic makes silently: `yes` is not a number, `"40"` is
text. How the documents agree with each other is `checks.py`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from msgspec import Struct
from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.dated import Path, is_list, is_map
from tilsyn.catalogue.documents import Document, has
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.requirements import Requirements, Supports
from tilsyn.catalogue.text import Declared
from tilsyn.problems import Problem

KINDS = ("area", "ladder", "requirements_of", "supports", "sample", "places", "subgoals_of")
"""Kinds of files, by the key that names what the file declares."""


def model_of(kind: str) -> type[Declared]:
    """What may be written in a kind of file. What judges nobody is loaded only where somebody writes it."""
    match kind:
        case "area":
            return Area
        case "ladder":
            return Ladder
        case "requirements_of":
            return Requirements
        case "supports":
            return Supports
        case "subgoals_of":
            from tilsyn.catalogue.subgoals import SubGoals

            return SubGoals
        case _:
            from tilsyn.catalogue.samples import Places, Sample

            return {"sample": Sample, "places": Places}[kind]


SEVERAL = ("subgoals_of",)
"""Kinds of which several files may name the same thing: many owners have sub-goals of one area."""

EXAMPLES = {
    "tilsyn": "tilsyn: 1",
    "from": "from: 2024-08-01",
    "reference": "reference: {law: …, section: …, checked: no}",
    "measured_in": "measured_in: procent",
    "checked": "checked: no",
    "else": "else: doubt",
    "weight": "weight: 40",
    "decimals": "decimals: 1",
    "visits": "visits: {times: 1, per_years: 1}",
    "burden": "burden: {hours: 1.5, per: 1, each: year, source: …}",
}
"""What to write for a key that is missing; for the others its name says enough."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHOWN = 40

_CODES = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "literal_error": "bad-choice",
    "string_pattern_mismatch": "bad-name",
    "string_too_long": "text-too-long",
    "string_too_short": "text-empty",
    "too_long": "too-many",
    "too_short": "too-few-entries",
    "greater_than": "number-too-small",
    "greater_than_equal": "number-too-small",
    "less_than": "number-too-large",
    "less_than_equal": "number-too-large",
}
_NOISE = re.compile(r"literal_error|.*_(type|parsing|parsing_size)")


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant.

    >>> nearest("redaing", ["writing", "reading"])
    'reading'
    """
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def suggestion(word: str, names: Iterable[str]) -> dict[str, object]:
    """The arguments of a problem about an unknown name: what is known, and what was probably meant."""
    known = list(names)
    near = nearest(word, known)
    args: dict[str, object] = {"known": listed(known)}
    return args | ({"suggestion": near} if near else {})


def listed(names: Iterable[str]) -> str:
    """Names as a problem shows them."""
    return ", ".join(f"`{name}`" for name in names) or "–"


def read_model(
    document: Document, day: dt.date, tree: Any, *, again: bool = False
) -> tuple[Declared | None, list[Problem]]:
    """The document's model, from its tree as it stands on a day, and everything that is wrong with it.

    Where single entries (a goal, a step, a requirement) are at fault, the model is made without
    them, so that the faults of the others are found too; then it is only good for checking. `again` says
    that it was found sound before, and is not asked for what pydantic would convert.
    """
    reading = _Reading(document, day, model_of(document.kind), tree)
    misfits = {} if again else dict(_misfits(reading.model, reading.tree, ()))
    problems = [document.problem(path, code, args, day=day) for path, (code, args) in misfits.items()]
    try:
        return reading.model.model_validate(reading.tree), problems
    except ValidationError as error:
        return reading.without_faults(error), [*problems, *reading.problems(error, set(misfits))]


class _Reading(Struct, frozen=True):
    """A document's tree on a day, held to its model."""

    document: Document
    day: dt.date
    model: type[Declared]
    tree: Any

    def problems(self, error: ValidationError, told: set[Path]) -> Iterator[Problem]:
        """pydantic's errors at their places, but for what is told already and for the noise of unions."""
        faults = [(*self._path(fault), fault) for fault in error.errors()]
        clear = [*told, *(path for path, _, fault in faults if not _NOISE.fullmatch(fault["type"]))]
        for path, is_key, fault in faults:
            if any(path[: len(misfit)] == misfit for misfit in told):
                continue
            if _NOISE.fullmatch(fault["type"]) and any(other[: len(path)] == path for other in clear):
                continue
            code, args = self._words(path, fault, is_key)
            missing = fault["type"] == "missing"
            of_key = is_key or missing or fault["type"] == "extra_forbidden"
            report = self.document.key_problem if of_key else self.document.problem
            yield report(path[:-1] if missing else path, code, args, day=self.day)

    def without_faults(self, error: ValidationError) -> Declared | None:
        """The model without unknown keys and without the entries at fault; None where that is not enough."""
        pruned = deepcopy(self.tree)
        for fault in error.errors():
            path, _ = self._path(fault)
            _drop(pruned, path if fault["type"] == "extra_forbidden" else _entry(pruned, path))
        try:
            return self.model.model_validate(pruned)
        except ValidationError:
            return None

    def _path(self, fault: ErrorDetails) -> tuple[Path, bool]:
        """pydantic's place without the names of union branches, and whether the key itself is meant."""
        path: list[int | str] = []
        node, loc = self.tree, fault["loc"]
        for index, step in enumerate(loc):
            if has(node, step):
                path.append(step)
                node = node[step]
            elif fault["type"] == "missing" and index == len(loc) - 1:
                path.append(step)
        return tuple(path), bool(loc) and loc[-1] == "[key]"

    def _words(self, path: Path, fault: ErrorDetails, is_key: bool) -> tuple[str, dict[str, object]]:
        kind = fault["type"]
        found: dict[str, object] = {"found": _shown(fault["input"])}
        code = _CODES.get(kind)
        match code:
            case "unknown-key":
                return self._unknown_key(path)
            case "missing-key":
                return _missing_key(path)
            case "bad-choice":
                annotation = keys_at(self.model, path) if is_key else at(self.model, path)
                return code, found | _choices(annotation, _shown(fault["input"]))
            case "bad-name":
                return code, dict(found)
            case "number-too-small" | "number-too-large":
                return code, found | {"limit": _limit(fault)}
            case str():
                return code, {"limit": _limit(fault)}
            case None if "-" in kind:
                return kind, dict(found)
            case None:
                if misfit := _misfit(at(self.model, path), fault["input"]):
                    return misfit
                if _NOISE.fullmatch(kind):
                    return "not-text", found
                return "value-refused", found | {"reason": fault["msg"].removeprefix("Value error, ")}

    def _unknown_key(self, path: Path) -> tuple[str, dict[str, object]]:
        key = str(path[-1])
        if looks_like_expression(key):
            return "unquoted-expression", {"name": key}
        allowed = allowed_keys(at(self.model, path[:-1]))
        node = self.tree
        for step in path[:-1]:
            node = node[step]
        near = nearest(key, [name for name in allowed if name not in node])
        args: dict[str, object] = {"name": key, "known": listed(allowed)}
        return "unknown-key", args | ({"suggestion": near} if near else {})


def looks_like_expression(key: str) -> bool:
    """Whether a key is what YAML leaves of an expression that nobody quoted, as in `{value: max(a, b)}`."""
    return bool(re.search(r"[()*/+<>=,]", key))


def _missing_key(path: Path) -> tuple[str, dict[str, object]]:
    key = path[-1]
    if isinstance(key, int):
        return "not-a-pair", {}
    return "missing-key", {"name": key, "write": EXAMPLES.get(key, f"{key}: …")}


def _limit(fault: ErrorDetails) -> str:
    limits = fault.get("ctx", {})
    for name, sign in (("ge", "≥ "), ("gt", "> "), ("le", "≤ "), ("lt", "< "), ("max_length", ""), ("min_length", "")):
        if name in limits:
            return f"{sign}{limits[name]}"
    return ""


def _entry(tree: Any, path: Path) -> Path:
    """The smallest entry that can be left out: a named one, or a whole list, so that numbers stay right."""
    return path[:1] if path and is_list(tree.get(path[0])) else path[:2] if len(path) > 1 else ()


def _drop(tree: Any, path: Path) -> None:
    for step in path[:-1]:
        if not has(tree, step):
            return
        tree = tree[step]
    if path and is_map(tree):
        cast(dict[str, Any], tree).pop(str(path[-1]), None)


def _choices(annotation: Any, found: str) -> dict[str, object]:
    literals = (option for option in options(annotation) if get_origin(option) is Literal)
    return suggestion(found, [str(value) for literal in literals for value in get_args(literal)])


# What the grammar allows at a place


_known_options: dict[int, tuple[Any, list[Any]]] = {}
"""What was found of annotations, which are kept beside it, so that no other gets the identity; not all have a hash."""


def options(annotation: Any) -> list[Any]:
    """The alternatives of an annotation, without `None` and without what only constrains a value."""
    known = _known_options.get(id(annotation))
    if known is None:
        known = _known_options[id(annotation)] = (annotation, _options(annotation))
    return known[1]


def _options(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [option for part in get_args(annotation) for option in options(part)]
    return [] if annotation in (None, NoneType) else [annotation]


def at(annotation: Any, path: Path) -> Any:
    """The annotation at a path below another; None where the grammar leaves it open."""
    for step in path:
        annotation = next((child for option in options(annotation) if (child := _child(option, step))), None)
    return annotation


def keys_at(annotation: Any, path: Path) -> Any:
    """The annotation of the freely named key at the end of a path."""
    above = options(at(annotation, path[:-1]))
    return next((get_args(option)[0] for option in above if get_origin(option) is dict), None)


def allowed_keys(annotation: Any) -> list[str]:
    """The keys that a block may have; none where they are free."""
    return [key for option in options(annotation) if _is_model(option) for key in _fields(option)]


def _child(option: Any, step: str | int) -> Any:
    if _is_model(option):
        return _fields(option).get(str(step))
    inner = get_args(option)
    match get_origin(option):
        case origin if origin is dict:
            return inner[1]
        case origin if origin is list:
            return inner[0]
        case origin if origin is tuple and isinstance(step, int) and step < len(inner):
            return inner[step]
        case _:
            return None


@cache
def _fields(model: type[BaseModel]) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {info.alias or name: hints[name] for name, info in model.model_fields.items()}


def _is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, BaseModel)


def _misfits(annotation: Any, node: Any, path: Path) -> Iterator[tuple[Path, tuple[str, dict[str, object]]]]:
    """Every value of the wrong kind, also those that pydantic would convert."""
    if annotation is None or node is None:
        return
    if found := _misfit(annotation, node):
        yield path, found
    elif is_map(node):
        for key, value in node.items():
            yield from _misfits(at(annotation, (key,)), value, (*path, key))
    elif is_list(node):
        for index, value in enumerate(node):
            yield from _misfits(at(annotation, (index,)), value, (*path, index))


def _misfit(annotation: Any, node: Any) -> tuple[str, dict[str, object]] | None:
    choices = options(annotation)
    if not choices or Any in choices or any(_fits(option, node) for option in choices):
        return None
    if not (is_map(node) or is_list(node)) and _read_by_itself(annotation):
        return None
    found: dict[str, object] = {"found": _shown(node)}
    literal = any(get_origin(option) is Literal for option in choices)
    scalar = next((option for option in choices if option in _NAMED), None)
    if scalar:
        return _NAMED[scalar], found
    if literal and isinstance(node, str):
        return "bad-choice", found | _choices(annotation, node)
    if any(_is_model(option) or get_origin(option) is dict for option in choices):
        return "not-a-map", found
    if any(get_origin(option) in (list, tuple) for option in choices):
        return "not-a-list", found
    return ("bad-choice", found | _choices(annotation, _shown(node))) if literal else ("not-text", found)


_NAMED: dict[Any, str] = {
    dt.date: "not-a-day",
    bool: "not-true-or-false",
    int: "not-whole",
    Decimal: "not-a-number",
    str: "not-text",
}


def _fits(option: Any, node: Any) -> bool:
    origin = get_origin(option)
    if origin is Literal:
        return any(node == value and type(node) is type(value) for value in get_args(option))
    if _is_model(option) or origin is dict:
        return is_map(node)
    if origin in (list, tuple):
        return is_list(node)
    if option is dt.date:
        return isinstance(node, str) and _is_day(node)
    if option is int:
        return isinstance(node, int) and not isinstance(node, bool)
    if option is Decimal:
        return isinstance(node, (int, Decimal)) and not isinstance(node, bool)
    return isinstance(node, option) if option in (bool, str) else True


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def _read_by_itself(annotation: Any) -> bool:
    """Whether a type reads scalars of other kinds by a rule of its own (`Words`, `Feel`, `Share`)."""
    if get_origin(annotation) is Annotated:
        inner, *rest = get_args(annotation)
        return any(isinstance(part, BeforeValidator) for part in rest) or _read_by_itself(inner)
    if get_origin(annotation) in (Union, UnionType):
        return any(_read_by_itself(part) for part in get_args(annotation))
    return False


def _shown(node: Any) -> str:
    match node:
        case bool():
            return str(node).lower()
        case None:
            return "null"
        case Mapping():
            return "{…}"
        case list():
            return "[…]"
        case _:
            return str(node)[:_SHOWN]
