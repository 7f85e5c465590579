"""The DMN kit's expressions, held against both readings: what the subset takes, what it makes of it, and the codes
by which it refuses the rest.

`python -m tests.truth.feel_kit` writes the counts that the reference shows anew; a test holds the reference to them.
No expression of the kit is kept, only how many there are.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from tilsyn.catalogue.feel import FeelError, parse
from tilsyn.engine.binding import Scope, bind

from ..generative.readings import read_columns, read_exact
from ..spec.small import answers, plan_of
from .conftest import ROOT, folder

FILE = "feel_tck.csv"
RECORD = ROOT / "tilsyn" / "telling" / "feel_kit.yaml"
NEAR = 1e-8
"""How near a number must be to the kit's."""

TYPED = "0082-feel-coercion"
"""Cases of what a declared type makes of a value. The file does not say which type; the same text has two answers."""

THEMES: dict[str, tuple[str, ...]] = {
    "constants": ("0100-feel-constants", "0101-", "0102-"),
    "arithmetic": ("0075-", "0078-", "0099-", "0100-arithmetic", "0105-"),
    "conditionals": (),
    "ternary logic": ("0059-", "0060-", "0064-", "0065-", "0066-"),
    "equality": ("0068-",),
    "between": ("0071-",),
    "in": ("0072-",),
    "rounding": ("1100-", "1101-", "1102-", "1141-", "1142-", "1143-", "1144-"),
    "numeric functions": (*(f"{n:04}-" for n in range(50, 57)), "0061-", "0062-", "0063-", "0094-"),
    "everything else": ("",),
}
"""What the reference calls the kit's groups, by how they begin; a conditional is one wherever it stands."""

Share = Literal["accepted", "errors", "outside"]
"""Accepted; refused where FEEL has an error too; refused because it is outside the subset."""

NOTHING = Scope({}, {}, {}, (), {})


@dataclass(frozen=True)
class Case:
    """One expression and the kit's value; None is FEEL's `null`, which is an error where `error` says so."""

    group: str
    name: str
    text: str
    value: Fraction | str | bool | None
    error: bool

    @property
    def theme(self) -> str:
        if re.search(r"\bif\b.*\bthen\b", self.text, re.DOTALL):
            return "conditionals"
        return next(theme for theme, starts in THEMES.items() if self.group.startswith(starts))


def cases(folder: Path) -> list[Case]:
    """Every case of the kit but those about declared types."""
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return [_case(row) for row in csv.DictReader(file) if row["group"] != TYPED]


def _case(row: dict[str, str]) -> Case:
    value: Fraction | str | bool | None = None
    match row["expected_type"]:
        case "decimal":
            value = Fraction(row["expected"])
        case "boolean":
            value = row["expected"] == "true"
        case "string":
            value = row["expected"]
        case "null":
            pass
        case other:
            raise AssertionError(f"a type that nobody knows: {other}")
    return Case(row["group"], row["case"], row["expression"], value, row["error"] == "true")


def refusal(text: str) -> str | None:
    """The code by which an expression is refused where nothing is declared; None where it is accepted."""
    try:
        bind(parse(text), NOTHING)
    except FeelError as fault:
        return fault.code
    return None


def share(case: Case, code: str | None) -> Share:
    if code is None:
        return "accepted"
    return "errors" if case.error else "outside"


def wrong(accepted: Sequence[Case]) -> Iterator[str]:
    """Where a reading does not give the kit's value, in words."""
    for start in range(0, len(accepted), 100):
        part = accepted[start : start + 100]
        made = plan_of(quantities={f"q{n}": case.text for n, case in enumerate(part)})
        for reading in (read_exact, read_columns):
            (found,) = answers(reading, made, [{}])
            for n, case in enumerate(part):
                value, missing = found[f"q{n}"], found[f"q{n}.missing"]
                if not _same(value, missing, case.value):
                    yield f"{case.group} {case.name} {case.text!r}: {reading.__name__} {value} {missing or ''}"


def _same(value: object, missing: object, wanted: Fraction | str | bool | None) -> bool:
    if wanted is None:
        return value is None and missing == "undefined"
    if isinstance(wanted, Fraction):
        is_number = isinstance(value, (Fraction, float, int)) and not isinstance(value, bool)
        return is_number and abs(Fraction(value) - wanted) <= NEAR  # type: ignore[arg-type]
    return type(value) is type(wanted) and value == wanted


def counts(of: Iterable[tuple[Case, str | None]]) -> dict[str, dict[str, int]]:
    """How many cases of each theme there are, how many are accepted, and why the others are not."""
    shares = Counter((case.theme, share(case, code)) for case, code in of)
    return {theme: {s: shares[theme, s] for s in ("accepted", "errors", "outside")} for theme in THEMES}


def codes(of: Iterable[tuple[Case, str | None]]) -> dict[str, int]:
    """How often each code is given, the most frequent first."""
    return dict(Counter(code for _, code in of if code is not None).most_common())


def record(of: Sequence[tuple[Case, str | None]]) -> str:
    """The counts as the reference reads them."""
    lines = [
        "# How many cases of the DMN Technology Compatibility Kit are accepted in each theme, how many are refused"
    ]
    lines += ["# where FEEL has an error too, and how many are outside. Written by `python -m tests.truth.feel_kit`."]
    for theme, shares in counts(of).items():
        lines.append(f"{theme}: {{{', '.join(f'{name}: {n}' for name, n in shares.items())}}}")
    return "\n".join(lines) + "\n"


def measured(folder: Path) -> list[tuple[Case, str | None]]:
    return [(case, refusal(case.text)) for case in cases(folder)]


if __name__ == "__main__":
    RECORD.write_text(record(measured(folder())), encoding="utf-8")
