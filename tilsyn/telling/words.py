"""The texts, by key and language, and the way numbers and problems are written.

Sentences are in `sentences.yaml`, problems in `texts.yaml`, each Danish and English side by
side, so that a translation cannot be forgotten. This module only finds and fills them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, cast

from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Text
from tilsyn.problems import Problem

LANGS = ("da", "en")


@cache
def texts(name: str) -> Mapping[str, Any]:
    """One file of texts as it stands."""
    return _parsed(_source(name))


def _source(name: str) -> str:
    return (files("tilsyn.telling") / f"{name}.yaml").read_text(encoding="utf-8")


def _parsed(text: str) -> Mapping[str, Any]:
    import yaml

    # the files travel with the program, so the plain safe loader is enough
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _topics() -> Mapping[str, str]:
    """The sentences as they are written, by topic: to read them all takes longer than it takes to say a few."""
    source = _source("sentences")
    begins = [found.start() for found in re.finditer(r'^"?[\w-]+"?:', source, re.MULTILINE)]
    parts = [source[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]
    return {part.partition(":")[0].strip('"'): part for part in parts}


@cache
def _topic(name: str) -> Any:
    """The sentences of a topic. Raises KeyError."""
    return _parsed(_topics()[name])[name]


def say(lang: str, key: str, **args: object) -> str:
    """The sentence of a dotted key, filled in. An unknown key is our own fault."""
    topic, *rest = key.split(".")
    node = _topic(topic)
    for part in rest:
        node = node[part]
    return filled(node[lang], {name: written(value, lang) for name, value in args.items()})


class _Counting(Formatter):
    """`{count:sag|sager}` is the first word where the count is one, and else the second."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, several, many = format_spec.partition("|")
        if several:
            return one if str(value) == "1" else many
        return str(super().format_field(value, format_spec))


def filled(text: str, args: Mapping[str, object]) -> str:
    """A text with its arguments in their places, and the words that depend on a count.

    >>> [filled("{n} {n:sag|sager}", {"n": n}) for n in (0, 1, 2)]
    ['0 sager', '1 sag', '2 sager']
    """
    return _Counting().format(text, **args)


def has(key: str) -> bool:
    """Whether there is a sentence for a key."""
    topic, *rest = key.split(".")
    if topic not in _topics():
        return False
    node: Any = _topic(topic)
    for part in rest:
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


def command(said: str, policy: object = None) -> str:
    """A command of tilsyn as it can be copied: with the policy folder where one was named, quoted where it must be.

    >>> command("prove hjem"), command("prove hjem", "mine regler")
    ('tilsyn prove hjem', 'tilsyn --policy "mine regler" prove hjem')
    """
    return f"tilsyn {said}" if policy is None else f"tilsyn --policy {quoted(policy)} {said}"


def quoted(path: object) -> str:
    """A path as one word of a command; double quotes are understood by every shell, where nothing in them is special.

    >>> quoted("regler/2026"), quoted("mine regler"), quoted("pris $5")
    ('regler/2026', '"mine regler"', "'pris $5'")
    """
    text = str(path)
    if re.fullmatch(r"[\w./\\:~+=@%,-]+", text):
        return text
    return shlex.quote(text) if re.search(r'["$`!]', text) else f'"{text}"'


def reference_text(reference: Reference, lang: str) -> str:
    """A reference as people cite it: the act, what it does not say, and the mark that nobody has checked it."""
    act = ", ".join(part for part in (reference.law, reference.section) if part)
    # the note ends where the reference does, and the sentence round it has its own full stop
    note = reference.note.get(lang).removesuffix(".") if reference.note is not None else ""
    text = ". ".join(part for part in (act, note) if part)
    return f"{text} [{say(lang, 'unchecked')}]" if reference.unchecked else text


def problem_text(problem: Problem, lang: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    source = texts("texts")
    entry = source["problems"].get(problem.code)
    if entry is None:
        raise KeyError(f"no text for the problem {problem.code}")
    args = {name: _shown(value, lang) for name, value in problem.args.items()}
    what = filled(entry["what"][lang], args)
    if problem.args.get("suggestion"):
        return what, filled(source["did_you_mean"][lang], args)
    return what, filled(entry["do"][lang], args)


def _shown(value: object, lang: str) -> object:
    if isinstance(value, Text):
        return value.get(lang)
    if isinstance(value, (tuple, list)):
        return ", ".join(f"`{part}`" for part in value)  # pyright: ignore[reportUnknownVariableType]
    return value


def note_text(kind: str, code: str, args: Mapping[str, object], lang: str) -> str:
    """The words of a refusal (`refusals`) or of a note (`notes`)."""
    return filled(texts("texts")[kind][code][lang], {name: _shown(value, lang) for name, value in args.items()})


def problem_line(problem: Problem, lang: str) -> str:
    """A problem as one line: where, the declared path, what, and what to do."""
    what, do = problem_text(problem, lang)
    path = "".join(f"`{part}`: " for part in problem.path if part)
    where = f"{problem.where}: " if str(problem.where) else ""
    return f"{where}{path}{what}; {do}" if do else f"{where}{path}{what}"
