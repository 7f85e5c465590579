"""The reference that README holds: grammar, commands, problems and functions, as Markdown made from what they are.

Nothing is described twice: keys come from the models, options from the command line, problems from the texts, so a
reference that has fallen behind can be found by making it again. Which page it stands on, and running the commands
that the page shows, is the tests' business.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tilsyn.catalogue.expressions import FUNCTIONS, PEER_FUNCTIONS, ROUNDINGS, WRITTEN_OUT
from tilsyn.catalogue.goals import Method
from tilsyn.catalogue.grammar import KINDS, model_of, options
from tilsyn.catalogue.policy import Policy
from tilsyn.catalogue.reasons import MISSING, MOVEMENT
from tilsyn.catalogue.text import Feel, Id, Name, Share, Words
from tilsyn.problems import Exit
from tilsyn.studies.proofs import PROPERTIES, Property
from tilsyn.telling.origin import references
from tilsyn.telling.quantities import quantity_title
from tilsyn.telling.words import texts

if TYPE_CHECKING:
    import click

FOLDERS = {
    "area": "`goals/<area>.yaml`",
    "ladder": "`rules/ladders/<ladder>.yaml`",
    "requirements_of": "`rules/requirements/<area>.yaml`",
    "supports": "`rules/supports.yaml`",
    "sample": "`goals/samples/<area>.yaml`",
    "places": "`goals/samples/<places>.yaml`",
    "subgoals_of": "`goals/<anything>.yaml`",
}

NAMED = (
    (Words, "text for people"),
    (Name, "name"),
    (Id, "id"),
    (Feel, "expression"),
    (Share, "percentage"),
)

PLAIN: dict[Any, str] = {
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    Decimal: "number",
    Fraction: "number",
    dt.date: "day",
    Any: "value of a cell",
}

MEANINGS = {
    "missing": "whether `x` is missing; never missing itself",
    "default": "`x`, or `v` where `x` is missing",
    "at_least": "whether at least `k` of the conditions are met; missing where those that are missing could change it",
    "min": "the smallest",
    "max": "the largest",
    "sum": "the sum",
    "mean": "the mean",
    "median": "the middle one, or the mean of the two in the middle",
    "stddev": "the standard deviation of a sample: divided by one fewer than there are",
    "count": "how many there are",
    "abs": "the size without its sign",
    "floor": "the largest number of `k` decimals not above `x`; without `k` the largest whole number",
    "ceiling": "the smallest number of `k` decimals not below `x`; without `k` the smallest whole number",
    "decimal": "`x` to `k` decimals, half to even",
    "round up": "`x` to `k` decimals, away from zero",
    "round down": "`x` to `k` decimals, towards zero",
    "round half up": "`x` to `k` decimals, half away from zero",
    "round half down": "`x` to `k` decimals, half towards zero",
    "sqrt": "the square root; `undefined` below 0",
    "log": "the natural logarithm; `undefined` at and below 0",
    "exp": "e to the power of `x`",
    "modulo": "the remainder, with the divisor's sign; `undefined` where it is 0",
    "clamp": "`x`, but not below `lo` or above `hi`",
    "rank": "the place of a level on its scale; the worst is 0",
    "product": "the numbers multiplied",
    "even": "whether `x` is a whole number that 2 divides",
    "odd": "whether `x` is a whole number that 2 does not divide",
    "all": "whether all are true: `x and y and …`",
    "any": "whether one is true: `x or y or …`",
}

ARGUMENTS = {
    "default": "x, v",
    "at_least": "k, a, b, …",
    "clamp": "x, lo, hi",
    "modulo": "x, divisor",
    **dict.fromkeys(ROUNDINGS, "x, k"),
}

PEER_MEANINGS = {
    "count": "how many have a figure",
    "sum": "the sum",
    "mean": "the mean",
    "min": "the smallest",
    "max": "the largest",
    "median": "the middle one",
    "share_below": "the share that has a lower figure",
    "share_at_or_below": "the share that has a lower or the same figure",
    "rank": "the place in order, `from: highest` or `from: lowest`; the same figure has the same place",
    "at_least": "whether at least `k` meet a condition: `peers.at_least(k, condition)`",
}


METHOD_MEANINGS: Mapping[Method, tuple[str, str]] = {
    "wilson/v1": ("shares", "Wilson's score interval of `count` in `n`"),
    "student-t/v1": ("means with `sd` or `se`", "Student's t; `sd` pooled within periods"),
    "byar/v1": ("rates and observed against expected", "Byar's approximation to the exact Poisson limits"),
    "poisson/v1": (
        "rates and observed against expected",
        "the exact Poisson limits (Garwood); between whole counts on a straight line, above 1,000 as `byar/v1`",
    ),
    "square-root/v1": (
        "observed against expected",
        "normal on the scale of √(observed / expected), with error 1 / (2√expected); "
        "for five expected or more, and where over-dispersion is to be added",
    ),
    "normal/v1": ("values with `se`", "normal"),
    "given/v1": ("published `low` and `high`, or a published word (`by`)", "as published"),
}


PROPERTY_MEANINGS: Mapping[Property, str] = {
    "P1": "All else and the step one stands on being equal. It is about levels: which figures give them is not asked",
    "P2": "Widening any range of plausible levels, wherever one stands. Not asked where `doubt: point` disregards it",
    "P3": "By results or movement, from where a newcomer begins; steps that only a person decides are left out",
    "P4": "The best results in every goal that applies, kept up. It is said within how many periods",
    "P5": "Requirements in force on each step, as the register and the steps' `adds` and `relieves` give them",
    "P6": "No change in process or context indicators gives anybody a right that it had not else: they neither earn it "
    "nor hold it back. An emergency (`grave`) does",
    "P7": "While the condition of `grave` is met nobody stands freer than its step, in whatever period, and that step "
    "is stricter than the initial one",
    "P8": "Two that are alike year after year, but that one keeps figures back: `not-submitted` or `withdrawn`, "
    "a goal's own or a group's",
    "P9": "Whatever the reason that it is missing, and however long",
    "P10": "From everywhere, with the same known each year",
}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


# the grammar


def grammar() -> str:
    """Every kind of file and every block in it, with all keys."""
    parts = [block(model_of(kind), f"{FOLDERS[kind]}: `{kind}:`") for kind in KINDS]
    parts += [block(model, model.__name__) for model in _blocks()]
    return "\n\n".join(parts)


def _blocks() -> Iterator[type[BaseModel]]:
    """The models below the files, in the order in which they are met."""
    files = [model_of(kind) for kind in KINDS]
    seen: dict[type[BaseModel], None] = {}
    for model in files:
        _collect(model, seen)
    return (model for model in seen if model not in files)


def _collect(annotation: Any, seen: dict[type[BaseModel], None]) -> None:
    for option in options(annotation):
        if _is_model(option):
            if option in seen:
                continue
            seen[option] = None
            for hint in _hints(option).values():
                _collect(hint, seen)
        else:
            for inner in get_args(option):
                _collect(inner, seen)


def _is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, BaseModel)


def _hints(model: type[BaseModel]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


def block(model: type[BaseModel], title: str) -> str:
    """One block of the grammar: what its keys are."""
    hints, rows = _hints(model), list[tuple[str, str, str, str]]()
    for name, info in model.model_fields.items():
        needed = "yes" if info.is_required() else _default(info)
        rows.append((f"`{info.alias or name}`", _kind(hints[name]), needed, info.description or ""))
    if model.model_config.get("extra") == "allow":
        rows.append(("any other", "unary test", "", "a cell: the name of an input, and what it must be"))
    about = inspect.cleandoc(model.__doc__ or "")
    return f"#### {title}\n\n{about}\n\n" + table(("Key", "Type", "Required", "What it is"), rows)


def _default(info: FieldInfo) -> str:
    value = info.default
    if isinstance(value, bool):
        return f"no: `{str(value).lower()}`"
    if isinstance(value, (str, int, Decimal, Fraction)):
        return f"no: `{value}`"
    return "no"


def _kind(annotation: Any) -> str:
    """A type as one reads it."""
    for known, word in NAMED:
        if annotation == known:
            return word
    if get_origin(annotation) is Annotated:
        inner, *limits = get_args(annotation)
        return _kind(inner) + _limits(limits)
    inner = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Literal:
            return " or ".join(f"`{_literal(value)}`" for value in inner)
        case origin if origin is dict:
            return f"map of {_kind(inner[0])} to {_kind(inner[1])}"
        case origin if origin is list:
            return f"list of {_kind(inner[0])}"
        case origin if origin is tuple:
            return "[" + ", ".join(_kind(part) for part in inner) + "]"
        case None:
            return _single(annotation)
        case _:
            return " or ".join(_kind(part) for part in inner if part is not NoneType)


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace("\t", "tabulator")


def _single(annotation: Any) -> str:
    if _is_model(annotation):
        name = annotation.__name__
        return f"[{name}](#{name.lower()})"
    return PLAIN[annotation]


def _limits(limits: Sequence[Any]) -> str:
    """The limits of a number, or of how many there are."""
    words: list[str] = []
    for limit in _flat(limits):
        match limit:
            case Ge(value):
                words.append(f"≥ {value}")
            case Gt(value):
                words.append(f"> {value}")
            case Le(value):
                words.append(f"≤ {value}")
            case Lt(value):
                words.append(f"< {value}")
            case MinLen(value) if value > 1:
                words.append(f"at least {value}")
            case MaxLen(value) if value < 60:
                words.append(f"at most {value}")
            case _:
                continue
    return f" ({', '.join(words)})" if words else ""


def _flat(limits: Sequence[Any]) -> Iterator[Any]:
    for limit in limits:
        if isinstance(limit, FieldInfo):
            yield from limit.metadata
        else:
            yield limit


# evidence


def methods() -> str:
    """The interval methods."""
    rows = [(f"`{name}`", *meaning) for name, meaning in METHOD_MEANINGS.items()]
    return table(("Method", "For", "Interval"), rows)


# expressions


def functions() -> str:
    """The functions of expressions, in the order of the closed set."""
    rows = [
        (f"`{name}({ARGUMENTS.get(name) or _arguments(*limits)})`", MEANINGS[name])
        for name, limits in {**FUNCTIONS, **WRITTEN_OUT}.items()
    ]
    return table(("Function", "Gives"), rows)


def feel_kit() -> str:
    """How much of the DMN kit the subset takes. The counts are measured where the kit is at hand."""
    rows = [(theme, *shares.values()) for theme, shares in texts("feel_kit").items()]
    sums = ("all", *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True)))
    told = [(theme, str(sum(shares)), *(str(n) for n in shares)) for theme, *shares in (*rows, sums)]
    heads = ("Cases of the kit", "All", "Accepted", "Refused, an error in FEEL too", "Refused, outside the subset")
    return table(heads, told)


def _arguments(least: int, most: int | None) -> str:
    return "x, y, …" if most is None else ", ".join("xyz"[:least])


def peer_functions() -> str:
    """The functions over the other institutions."""
    return table(("Function", "Gives"), [(f"`peers.{name}`", PEER_MEANINGS[name]) for name in PEER_FUNCTIONS])


def properties() -> str:
    """What `tilsyn prove` asks, each with the promise as it is told."""
    promise = texts("sentences")["proofs"]["promise"]
    rows = [(name, promise[name]["en"], PROPERTY_MEANINGS[name]) for name in PROPERTIES]
    return table(("", "The ladder promises", "What is tried"), rows)


# regimes


def regimes(declared: Iterable[tuple[str, Policy, str]]) -> str:
    """A page for each regime: its folder, its rules, and the command that runs it."""
    return "\n\n".join(_regime(folder, policy, command) for folder, policy, command in declared)


def _regime(folder: str, policy: Policy, command: str) -> str:
    area = policy.area
    parts = (area, policy.own_ladder, policy.requirements)
    found = [reference for part in parts for reference in references(part)]
    unread = sum(reference.unchecked for reference in found)
    acts = dict.fromkeys(r.law or (r.note.get("en").removesuffix(".") if r.note else "") for r in found)
    registers = (i.source.register_ for i in area.indicators.values() if i.source is not None)
    results = [quantity_title(area, name, "en") for name in area.result] or [
        step.title.get("en") for step in policy.ladder.steps.values()
    ]
    rows = (
        ("In force", f"from {area.from_}" + (f" to {area.until}" if area.until else "")),
        ("Whose", area.authority.get("en") + (" (an example; no authority has set it)" if area.example else "")),
        (
            "Rests on",
            f"{'; '.join(filter(None, acts)) or '–'} ({unread} of {len(found)} references not yet read at the source)",
        ),
        ("Figures", "; ".join(dict.fromkeys(registers)) or "the published file; no register is named"),
        ("Results" if policy.is_regime else "Steps", "; ".join(results)),
        ("Run it", f"`{command}`"),
    )
    # the author's own paragraphs are kept, and none of their lines becomes a list or a heading
    told = (area.about.get("en") if area.about else "").replace("\n", "\n\n")
    return f"#### Regime `{folder}`: {area.title.get('en')}\n\n{told}\n\n" + table(("", ""), rows)


# words


def _both(entry: Mapping[str, str]) -> tuple[str, str]:
    return entry["da"], entry["en"]


def missing_reasons() -> str:
    """Why a figure may be missing, the heaviest first."""
    words = texts("sentences")["missing"]
    return table(("Reason", "Danish", "English"), [(f"`{code}`", *_both(words[code])) for code in MISSING])


def movement_reasons() -> str:
    """Why a placement is what it is, with the sentence that people read."""
    words = texts("sentences")["movement"]
    return table(("Reason", "Danish", "English"), [(f"`{code}`", *_both(words[code])) for code in MOVEMENT])


def problems() -> str:
    """Every problem that can be reported."""
    rows = [
        (f"`{code}`", entry["what"]["en"], entry["do"]["en"])
        for code, entry in sorted(texts("texts")["problems"].items())
    ]
    return table(("Code", "What is wrong", "What to do"), rows)


def refusals() -> str:
    """Why a cell or a row of figures may be refused."""
    return _codes(texts("texts")["refusals"])


def notes() -> str:
    """What may be said about a file that was read."""
    return _codes(texts("texts")["notes"])


def _codes(entries: Mapping[str, Mapping[str, str]]) -> str:
    return table(("Code", "Words"), [(f"`{code}`", words["en"]) for code, words in sorted(entries.items())])


EXITS = {
    Exit.FINE: "fine",
    Exit.OUR_FAULT: "our fault, with a traceback",
    Exit.WRONG_USE: "the command was used wrongly",
    Exit.DECLARATIONS: "the declarations have problems",
    Exit.PROPERTY_FAILS: "a case or a property fails",
    Exit.DATA_REFUSED: "figures were refused as a whole",
    Exit.RECORD_UNVERIFIED: "the record does not verify",
    Exit.SURROUNDINGS: "the surroundings failed: disk, database, permissions",
}


def exits() -> str:
    """What the exit codes mean."""
    return table(("Exit", "Meaning"), [(f"`{int(code)}`", meaning) for code, meaning in EXITS.items()])


# the command line


def commands(group: click.Group, help_text: Callable[[str, str], str]) -> str:
    """Every command with its arguments and options. The words are found by key, as the command line finds them."""
    return "\n\n".join(_command(command, path, help_text) for path, command in each_command(group, group.name or ""))


def each_command(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """The group itself and every command below it, by its whole name."""
    yield path, group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from each_command(cast("click.Group", command), f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _command(command: click.Command, path: str, help_text: Callable[[str, str], str]) -> str:
    words = help_text(command.help or "", "en").replace("\n\n", "\n\n> ")
    arguments = [
        param.make_metavar(_context(command)) for param in command.params if param.param_type_name == "argument"
    ]
    rows: list[tuple[str, str, str]] = []
    for param in command.params:
        if param.param_type_name == "option":
            key = str(getattr(param, "help", ""))
            rows.append((f"`{_option(param, command)}`", _starts_as(param), help_text(key, "en")))
    if hasattr(command, "commands"):
        arguments.append("COMMAND …")
    told = f"#### `{' '.join([path, *arguments])}`\n\n> {words}"
    return told + "\n\n" + table(("Option", "Default", "What it does"), rows) if rows else told


def _context(command: click.Command) -> click.Context:
    import click

    return click.Context(command)


def _option(param: click.Parameter, command: click.Command) -> str:
    names = ", ".join(param.opts)
    return names if getattr(param, "is_flag", False) else f"{names} {param.make_metavar(_context(command))}"


def _starts_as(param: click.Parameter) -> str:
    if param.required:
        return "required"
    value = param.to_info_dict().get("default")
    plain = isinstance(value, (str, int)) and not isinstance(value, bool)
    return f"`{value}`" if (plain and value != "") or hasattr(value, "parts") else ""


GENERATED: dict[str, Callable[[], str]] = {
    "grammar": grammar,
    "methods": methods,
    "functions": functions,
    "feel-kit": feel_kit,
    "peer-functions": peer_functions,
    "missing-reasons": missing_reasons,
    "movement-reasons": movement_reasons,
    "problems": problems,
    "refusals": refusals,
    "notes": notes,
    "exits": exits,
    "properties": properties,
}
"""The generated parts by name; `commands`, `column-map` and `regimes` are made by whoever may know of them."""
