"""Files linked into one catalogue, and the policy of an area on a day.

Decides which files belong together, on which days something changes, and that what holds on one
day holds on every day: the documents are read and checked for each change day at load, so that no
fault waits for its date. What is checked is `grammar.py` (within a file) and `checks.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tilsyn.catalogue import checks
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.dated import Path, days_in, is_dated, is_list, is_map, resolve
from tilsyn.catalogue.documents import Document
from tilsyn.catalogue.grammar import SEVERAL, allowed_keys, at, model_of, read_model, suggestion
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.policy import Part, Policy
from tilsyn.catalogue.requirements import Requirements, Supports
from tilsyn.problems import DeclarationError, Problem, UsageError, Where, distinct

if TYPE_CHECKING:
    from tilsyn.catalogue.samples import Places, Sample
    from tilsyn.catalogue.subgoals import SubGoals


class Catalogue(Struct, frozen=True, eq=False, weakref=True):
    """All declarations of a policy folder, checked."""

    documents: tuple[Document, ...]
    fingerprint: str
    policies: Mapping[str, Mapping[dt.date, Policy]]
    samples: Mapping[str, Sample] = field(default_factory=dict[str, "Sample"])
    places: Mapping[str, Places] = field(default_factory=dict[str, "Places"])
    subgoals: tuple[SubGoals, ...] = ()

    @property
    def areas(self) -> tuple[str, ...]:
        return tuple(self.policies)

    def change_days(self, area: str) -> tuple[dt.date, ...]:
        """The days on which what the area is judged by changes, its first day included."""
        return tuple(self._policies(area))

    def on(self, area: str, day: dt.date) -> Policy:
        """What the area is judged by on a day; the same value for all days between two changes."""
        policies = self._policies(area)
        days = tuple(policies)
        index = bisect_right(days, day)
        until = policies[days[-1]].area.until
        if index == 0 or (until is not None and day > until):
            part = policies[days[0]].area_part
            args = {"area": area, "asked": day.isoformat(), "from": days[0].isoformat()}
            if until is None:
                raise DeclarationError(part.problem(("from",), "not-yet-in-force", args))
            raise DeclarationError(part.problem(("from",), "not-in-force", {**args, "until": until.isoformat()}))
        return policies[days[index - 1]]

    def sample(self, area: str) -> Sample | None:
        """What an ordinary sample of the area looks like; None where none is declared."""
        return self.samples.get(area)

    def document(self, kind: str, name: str) -> Document | None:
        """The document of a kind and name."""
        return next((d for d in self.documents if (d.kind, d.name) == (kind, name)), None)

    @staticmethod
    def where(document: Document, path: Path, offset: int = 0, day: dt.date | None = None) -> Where:
        """The place of a path (as written, as resolved on a day, or its beginning), or of a character in it."""
        return document.where(path, offset=offset, day=day)

    def _policies(self, area: str) -> Mapping[dt.date, Policy]:
        if area not in self.policies:
            raise UsageError(Problem(Where(""), "unknown-area", {"name": area, **suggestion(area, self.policies)}))
        return self.policies[area]


class Linked(Struct, frozen=True):
    """A catalogue and what is wrong with it; it is only good for use when nothing is."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]


def load(documents: Iterable[Document]) -> Catalogue:
    """The checked catalogue. Raises DeclarationError with every problem."""
    linked = link(documents)
    if linked.problems:
        raise DeclarationError(linked.problems)
    return linked.catalogue


def link(documents: Iterable[Document], *, complete: bool = True) -> Linked:
    """The catalogue with its problems; `complete` is false when some files could not be read."""
    linker = _Linker(tuple(documents), complete)
    catalogue = linker.link()
    return Linked(catalogue, distinct(_once(linker.problems)))


def link_again(documents: Iterable[Document], known_as: str) -> Linked:
    """As `link`, of some among documents that were checked before, under the fingerprint of all: what agrees with what
    is not asked again."""
    linker = _Linker(tuple(documents), complete=False, again=True)
    catalogue = Catalogue(linker.documents, known_as, linker.policies())
    return Linked(catalogue, distinct(_once(linker.problems)))


def news(later: Iterable[Problem], known: Sequence[Problem]) -> list[Problem]:
    """Of problems that were found later, those that say more than what is known of the same line. That a number has no
    source says nothing of what else is wrong there."""
    told = {(p.where.file, p.where.line) for p in known if p.code not in ("bare-number", "bare-boundary")}
    return [problem for problem in later if (problem.where.file, problem.where.line) not in told]


def names_in_doubt(policy: Policy, known: Iterable[Problem]) -> bool:
    """Whether it is open what names in expressions mean, so that faults in these would only confuse."""
    codes = ("needed-missing", "needed-kind", "duplicate-name")
    return any(problem.code in codes and problem.where.file == policy.area_part.document.file for problem in known)


def _hidden(problem: Problem, slips: Sequence[Problem]) -> bool:
    """Whether a problem only says again that the value at a slip, or its map of days, is not as it should be."""
    return any(problem.path == (slip.path[:-1] if slip.code == "not-a-day" else slip.path) for slip in slips)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """A fault that is met on several days, or from several areas, is one; what else was known then may differ."""
    met: dict[object, Problem] = {}
    for problem in problems:
        said = {name: value for name, value in problem.args.items() if name not in ("known", "suggestion")}
        met.setdefault((problem.where, problem.code, problem.path, str(said)), problem)
    return list(met.values())


class _Linker:
    """Reads each document once per change day, puts areas together, and collects problems."""

    def __init__(self, documents: tuple[Document, ...], complete: bool, again: bool = False) -> None:
        self.problems: list[Problem] = []
        self.complete, self.again = complete, again
        self.documents = self._distinct(documents)
        self.by_name = {_key(d): d for d in self.documents}
        self.parts = {_key(d): self._read(d) for d in self.documents}

    def link(self) -> Catalogue:
        for document in self.documents:
            self.problems += checks.check_document(document, model_of(document.kind))
        for parts in self._of("area"):
            for part in parts.values():
                self.problems += checks.check_shape(part)
        for parts in self._of("ladder"):
            for part in parts.values():
                self.problems += checks.check_ladder(part, self._supports(part.day), complete=self.complete)
        policies = self.policies()
        orphans = [d for d in self._named("requirements_of") if d.name not in policies]
        self._check_registers()
        for group in policies.values():
            for policy in group.values():
                self.problems += checks.check_policy(policy, complete=self.complete and not orphans)
        if self.complete and not orphans:
            self._check_relief(policies)
        samples, places = self._samples()
        # as they stand at last, as samples do
        subgoals = tuple(parts[max(parts)].model for parts in self._of("subgoals_of") if parts)
        return Catalogue(self.documents, fingerprint(self.documents), policies, samples, places, subgoals)

    def policies(self) -> dict[str, dict[dt.date, Policy]]:
        """The areas put together, by name and the day from which each holds."""
        return {name: found for name in self._areas() if (found := self._link_area(name))}

    def _distinct(self, documents: tuple[Document, ...]) -> tuple[Document, ...]:
        first: dict[tuple[str, str], Document] = {}
        for document in documents:
            known = first.setdefault(_key(document), document)
            if known is not document:
                where = document.where((document.kind,))
                args: dict[str, object] = {"name": document.name or document.kind, "first": known.file}
                self.problems.append(Problem(where, "duplicate-document", args, (document.kind,)))
        return tuple(first.values())

    def _read(self, document: Document) -> dict[dt.date, Part[Any]]:
        parts: dict[dt.date, Part[Any]] = {}
        slips = [] if self.again else list(checks.check_values(document))
        self.problems += slips
        for day in change_days(document):
            tree = resolve(document.tree, day).tree
            model, problems = read_model(document, day, tree, again=self.again)
            self.problems += [problem for problem in problems if not _hidden(problem, slips)]
            if model is not None:
                parts[day] = Part(document, day, tree, model, whole=not problems and not slips)
        return parts

    def _of(self, kind: str) -> Iterator[dict[dt.date, Part[Any]]]:
        for (of, _), parts in self.parts.items():
            if of == kind:
                yield parts

    def _areas(self) -> tuple[str, ...]:
        return tuple(document.name for document in self._named("area"))

    def _part(self, kind: str, name: str, day: dt.date) -> Part[Any] | None:
        parts = self.parts.get((kind, name), {})
        first = max((d for d in parts if d <= day), default=min(parts, default=None))
        if first is None:
            return None
        part = parts[first]
        return Part(part.document, day, part.tree, part.model, part.whole)

    def _supports(self, day: dt.date) -> Part[Supports] | None:
        return self._part("supports", "", day)

    def _link_area(self, name: str) -> dict[dt.date, Policy]:
        used = [
            document
            for key in (("area", name), ("requirements_of", name), ("supports", ""))
            if (document := self.by_name.get(key))
        ]
        area_document = used[0]
        ladders = {part.model.ladder for part in self.parts["area", name].values()}
        used += [document for ladder in ladders if ladder and (document := self.by_name.get(("ladder", ladder)))]
        self.problems += checks.check_span(area_document, used[1:])
        first, last = checks.span(area_document)
        changes = {first, *(day for document in used for day in change_days(document))}
        days = sorted(day for day in changes if first <= day <= last)
        policies = {day: self._policy(name, day, end) for day, end in zip_longest(days, days[1:]) if day}
        return {day: policy for day, policy in policies.items() if policy}

    def _policy(self, name: str, day: dt.date, end: dt.date | None) -> Policy | None:
        area: Part[Area] | None = self._part("area", name, day)
        if area is None:
            return None
        register: Part[Requirements] | None = self._part("requirements_of", name, day)
        if area.model.regime:
            return Policy(name, day, area, None, register, self._supports(day), end)
        if area.model.ladder is None:
            return None
        ladder: Part[Ladder] | None = self._part("ladder", area.model.ladder, day)
        if ladder is None:
            if ("ladder", area.model.ladder) not in self.by_name and self.complete:
                names = [document.name for document in self._named("ladder")]
                args = suggestion(area.model.ladder, names)
                self.problems.append(area.problem(("ladder",), "unknown-ladder", {"name": area.model.ladder, **args}))
            return None
        return Policy(name, day, area, ladder, register, self._supports(day), end)

    def _check_registers(self) -> None:
        for parts in self._of("requirements_of"):
            for part in parts.values():
                area = self._part("area", part.document.name, part.day)
                if area is None and part.document.name not in self._areas() and self.complete:
                    name = part.document.name
                    args = {"name": name, **suggestion(name, self._areas())}
                    self.problems.append(part.problem(("requirements_of",), "unknown-area", args))
                if area is not None and area.model.regime:
                    args = {"name": part.document.name}
                    self.problems.append(part.problem(("requirements_of",), "register-of-regime", args))
                self.problems += checks.check_register(part, area)

    def _check_relief(self, policies: Mapping[str, Mapping[dt.date, Policy]]) -> None:
        """A ladder may name requirements of one area only; a name that no area knows is a slip."""
        known: dict[str, set[str]] = {}
        for group in policies.values():
            for policy in group.values():
                names = policy.requirements_part.names("requirements") if policy.requirements_part else ()
                if policy.ladder_part is not None:
                    known.setdefault(policy.ladder_part.document.name, set()).update(names)
        for parts in self._of("ladder"):
            for part in parts.values():
                if part.document.name in known:
                    self.problems += checks.check_relieved_names(part, sorted(known[part.document.name]))

    def _samples(self) -> tuple[dict[str, Sample], dict[str, Places]]:
        latest = {key: parts[max(parts)] for key, parts in self.parts.items() if parts}
        samples: dict[str, Part[Sample]] = {name: part for (kind, name), part in latest.items() if kind == "sample"}
        places: dict[str, Part[Places]] = {name: part for (kind, name), part in latest.items() if kind == "places"}
        for name, sample in samples.items():
            if self.complete:
                self.problems += checks.check_sample(sample, self._areas(), [d.name for d in self._named("places")])
            if area := self._part("area", name, sample.day):
                self.problems += checks.check_sample_names(sample, area)
        return (
            {name: part.model for name, part in samples.items()},
            {name: part.model for name, part in places.items()},
        )

    def _named(self, kind: str) -> Iterator[Document]:
        return (document for document in self.documents if document.kind == kind)


def _key(document: Document) -> tuple[str, str]:
    """What may be declared once only: a name of a kind, or a file where several may have the same name."""
    return document.kind, document.file if document.kind in SEVERAL else document.name


def change_days(document: Document) -> tuple[dt.date, ...]:
    """The days on which what a document says changes, its first day included."""
    first, last = checks.span(document)
    return tuple(sorted({first} | {day for day in days_in(document.tree) if first < day <= last}))


def fingerprint(documents: Sequence[Document]) -> str:
    """The declarations' identity: their trees, whatever the files are called.

    The order of names that people chose (steps, levels, rules) counts; that of the grammar's keys does not.
    """
    trees = sorted(
        ((d.kind, d.name, _canonical(model_of(d.kind), d.tree)) for d in documents),
        key=lambda t: (*t[:2], json.dumps(t[2], ensure_ascii=False)),
    )
    return hashlib.sha256(json.dumps(trees, ensure_ascii=False).encode()).hexdigest()


def _canonical(annotation: Any, node: Any) -> Any:
    if is_dated(node):
        return {"days": [[day, _canonical(annotation, node[day])] for day in sorted(node)]}
    if is_map(node):
        keys = sorted(node) if allowed_keys(annotation) else list(node)
        return {"map": [[key, _canonical(at(annotation, (key,)), node[key])] for key in keys]}
    if is_list(node):
        return [_canonical(at(annotation, (index,)), entry) for index, entry in enumerate(node)]
    if isinstance(node, (int, Decimal)) and not isinstance(node, bool):
        return {"number": f"{Decimal(node).normalize():f}"}
    return node
