"""The texts, by key and language, and the way numbers and problems are written.

Sentences are in `sentences.yaml`, problems in `texts.yaml`, each Danish and English side by
side, so that a translation cannot be forgotten. This module only finds and fills them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, cast

from tilsyn.catalogue.legal import Reference
from tilsyn.problems import Problem

LANGS = ("da", "en")


@cache
def texts(name: str) -> Mapping[str, Any]:
    """One file of texts as it stands."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # the files travel with the program, so the plain safe loader is enough
    return yaml.load((files("tilsyn.telling") / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)


def say(lang: str, key: str, **args: object) -> str:
    """The sentence of a dotted key, filled in. An unknown key is our own fault."""
    node: Any = texts("sentences")
    for part in key.split("."):
        node = node[part]
    return node[lang].format(**{name: written(value, lang) for name, value in args.items()})


def has(key: str) -> bool:
    """Whether there is a sentence for a key."""
    node: Any = texts("sentences")
    for part in key.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return False
        node = cast(Mapping[str, Any], node)[part]
    return True


def written(value: object, lang: str) -> object:
    """An argument as people write it: numbers with the language's signs, lists joined."""
    match value:
        case bool() | str():
            return value
        case int() if abs(value) >= 10_000:
            return number(Fraction(value), 0, lang)
        case Fraction():
            return number(value, 2, lang)
        case tuple() | list():
            return joined([str(written(v, lang)) for v in cast(Sequence[object], value)], lang)
        case _:
            return value


def number(value: Fraction | float | None, decimals: int, lang: str, *, sign: bool = False) -> str:
    """A number with so many decimals; Danish has comma and point, English point and comma.

    >>> number(Fraction("1234.5"), 2, "da"), number(Fraction("-0.2"), 1, "en", sign=True)
    ('1.234,50', '−0.2')
    """
    if value is None:
        return "–"
    text = f"{float(value):+,.{decimals}f}" if sign else f"{float(value):,.{decimals}f}"
    text = text.replace("-", "−")
    return text.translate(str.maketrans({",": ".", ".": ","})) if lang == "da" else text


def truncated(value: Fraction, decimals: int, lang: str) -> str:
    """A score, cut and never rounded, so that it is not shown on the other side of a boundary."""
    scale = 10**decimals
    return number(Fraction(value * scale // 1, scale), decimals, lang)


def joined(words: Iterable[str], lang: str) -> str:
    """Words as a list in running text."""
    parts = list(words)
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + (" og " if lang == "da" else " and ") + parts[-1]


def reference_text(reference: Reference, lang: str) -> str:
    """A reference as people cite it, with the mark that nobody has checked it."""
    parts = [part for part in (reference.law, reference.section) if part]
    text = ", ".join(parts)
    if not text and reference.note is not None:
        text = reference.note.get(lang)
    return f"{text} [{say(lang, 'unchecked')}]" if reference.unchecked else text


def problem_text(problem: Problem, lang: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    source = texts("texts")
    entry = source["problems"].get(problem.code)
    if entry is None:
        raise KeyError(f"no text for the problem {problem.code}")
    args = {name: _shown(value) for name, value in problem.args.items()}
    what = entry["what"][lang].format(**args)
    if problem.args.get("suggestion"):
        return what, source["did_you_mean"][lang].format(**args)
    return what, entry["do"][lang].format(**args)


def _shown(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return ", ".join(f"`{part}`" for part in value)  # pyright: ignore[reportUnknownVariableType]
    return value


def note_text(kind: str, code: str, args: Mapping[str, object], lang: str) -> str:
    """The words of a refusal (`refusals`) or of a note (`notes`)."""
    return texts("texts")[kind][code][lang].format(**{name: _shown(value) for name, value in args.items()})


def problem_line(problem: Problem, lang: str) -> str:
    """A problem as one line: where, the declared path, what, and what to do."""
    what, do = problem_text(problem, lang)
    path = "".join(f"`{part}`: " for part in problem.path if part)
    where = f"{problem.where}: " if str(problem.where) else ""
    return f"{where}{path}{what}; {do}" if do else f"{where}{path}{what}"
