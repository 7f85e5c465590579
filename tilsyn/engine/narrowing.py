"""A query, narrowed to the tables that it is asked of.

A formula is written for every row that could be handed in: figures that are missing, numbers too large, counts of
nothing. Where a table has none of that, a condition that is always met or never is no longer asked, a column that is
the same in every row is its value, what cannot be the largest is not compared, and tables about the same institutions
are laid side by side instead of being joined. Nothing else changes: the answer is that of the query as it was, row by
row and kind by kind, but for the sign of a zero, which no reading tells.

Nothing of a rule is known here, and no engine needs it: each says what its tables hold (`Facts`), asks the narrowed
query instead, and has less to do. It stands apart from `query.py`, which knows of no rows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from tilsyn.engine.folding import Ask, folded
from tilsyn.engine.formulas import FALSE, FLOAT, INT, NONE, TRUE, Formula, Kind, case_of, cases, col, lit
from tilsyn.engine.known import (
    ARITHMETIC,
    OPERATIONS,
    WHOLE,
    Known,
    among,
    any_other,
    either,
    either_of,
    made_of,
    nothing_but_nulls,
    plain,
)
from tilsyn.engine.query import (
    Group,
    Join,
    Lookup,
    Pick,
    Query,
    Source,
    Table,
    Union,
    Where,
    With,
    again,
    in_order,
    trimmed,
    trimmed_tables,
)

KEY = "institution"
"""What tables are laid side by side by."""

EXACT = 2**53
"""Up to here floating point has every whole number."""

TINY = 1e-9
"""What is no smaller is above zero."""

MOST_KEPT = 16
"""Narrowed queries that are kept."""

FEW, MANY = 64, 2**14
"""Whole numbers between two ends that are told one by one, and values that are."""


class Facts(Struct, frozen=True):
    """What an engine says of the tables that are handed in: their columns, by table and name. The rows of a table in
    which a column has some value may be handed in as a table of their own, called as `parts` says. Tables that are
    `alike` have as many rows, and the same of these columns, row by row, as all that bear the same number."""

    columns: Mapping[str, Mapping[str, Known]]
    parts: Mapping[tuple[str, str, int], str] = {}
    alike: Mapping[tuple[str, str], int] = {}

    def hold(self, other: Facts) -> bool:
        """Whether they are true of whatever the others are true of."""
        return self._laid_out_as(other) and all(
            known.holds(other.columns[table][name])
            for table, own in self.columns.items()
            for name, known in own.items()
        )

    def and_of(self, other: Facts) -> Facts:
        """What is true of the tables that either is true of; the other's, where those are laid out otherwise."""
        if not self._laid_out_as(other):
            return other
        return replace(
            other, columns={table: either_of([own, other.columns[table]]) for table, own in self.columns.items()}
        )

    def _laid_out_as(self, other: Facts) -> bool:
        return self.parts == other.parts and self.alike == other.alike


def alike(tables: Iterable[str], same: Callable[[str, str], bool]) -> dict[tuple[str, str], int]:
    """Tables by their institutions: the same number for those of which an engine says that they have the same, row by
    row."""
    found: dict[tuple[str, str], int] = {}
    for place, table in enumerate(tables):
        firsts = {number: one for (one, _), number in reversed(found.items())}
        found[table, KEY] = next((number for number, one in firsts.items() if same(one, table)), place)
    return found


class Seen(Struct, frozen=True):
    """A table with what is known of it: each column by its name inside; of which table handed in it has all rows in
    their order, and which columns are that table's own; what its columns are made of, and which are looked up: at
    which column's place, in which list; and which columns each is never `above`, row by row."""

    table: Table
    known: Mapping[str, Known]
    rows: str | None = None
    own: Mapping[str, str] = {}
    made: Mapping[str, Formula] = {}
    listed: Mapping[str, tuple[str, int]] = {}
    above: Mapping[str, frozenset[str]] = {}


def narrowed(query: Query, facts: Facts, ask: Ask | None = None) -> Query:
    """The same question of tables of which these facts hold; folded, where combinations can be asked."""
    query, told = trimmed(query), dict[int, Mapping[str, Known]]()
    query = Query(_all_seen(query.table, facts, told).table, query.columns)
    tables = trimmed_tables(query)
    made = Query(tables[query.table.number], query.columns)
    if ask is None:
        return made
    return folded(made, {table.number: told[number] for number, table in tables.items()}, ask)


T = TypeVar("T")


class Kept(Generic[T]):
    """What was last made of some queries, each narrowed to what tables held: a part of the institutions mostly holds
    little that another has not."""

    def __init__(self, make: Callable[[Query, Facts], T]) -> None:
        self.make = make
        self.kept: OrderedDict[Hashable, tuple[Facts, T]] = OrderedDict()

    def of(self, query: Query, facts: Facts) -> T:
        """What is made of a query narrowed to what these facts tell, or to what was told before too."""
        asked = query.table.number, tuple(query.columns.items())
        kept = self.kept.pop(asked, None)
        if kept is None or not kept[0].hold(facts):
            known = facts if kept is None else kept[0].and_of(facts)
            kept = known, self.make(query, known)
        self.kept[asked] = kept
        if len(self.kept) > MOST_KEPT:
            self.kept.popitem(last=False)
        return kept[1]


def _all_seen(table: Table, facts: Facts, told: dict[int, Mapping[str, Known]]) -> Seen:
    """A table, narrowed; what is known of each table that it is made from is told by that one's number."""
    seen: dict[int, Seen] = {}
    for one in in_order(table):
        found = seen[one.number] = _seen(one, seen, facts, told)
        told[found.table.number] = found.known
    return seen[table.number]


def _seen(table: Table, seen: Mapping[int, Seen], facts: Facts, told: dict[int, Mapping[str, Known]]) -> Seen:
    new = again(table, {number: one.table for number, one in seen.items()})
    match table:
        case Source(name, columns):
            held = facts.columns.get(name, {})
            return Seen(new, {n: held.get(column, Known()) for n, column in columns.items()}, name, columns)
        case With(of, columns):
            before, narrowing = seen[of.number], Narrowing(seen[of.number])
            formulas, known = narrowing.columns(columns)
            above = {name: found for name, formula in formulas.items() if (found := narrowing.never_above(formula))}
            return replace(
                before, table=replace(new, columns=formulas), known={**before.known, **known},
                own={**before.own, **_own(formulas, before)}, made={**before.made, **formulas},
                above={**before.above, **above},
            )  # fmt: skip
        case Where(of, condition):
            before = seen[of.number]
            met, _ = Narrowing(before).of(condition)
            if met is TRUE:
                return before
            if (part := _part(of, before, met, facts)) is not None:
                return _all_seen(part, facts, told)
            return replace(before, table=replace(new, condition=met), rows=None, made=_of_fewer(before))
        case Pick(of, columns, distinct):
            before = seen[of.number]
            formulas, known = Narrowing(before).columns(columns)
            rows = None if distinct else before.rows
            own = _own(formulas, before)
            return Seen(replace(new, columns=formulas), known, rows, own, above=_above(formulas, before))
        case Join(of, other, anti=True):
            before = seen[of.number]
            return replace(before, table=new, rows=None, made=_of_fewer(before))
        case Join(of, other, on, takes):
            return _joined(new, seen[of.number], seen[other.number], on, takes, facts)
        case Group(of, keys, columns):
            before = seen[of.number].known
            return Seen(new, {key: before[key] for key in keys} | {name: Known() for name in columns})
        case Union(parts, columns):
            each = [seen[part.number].known for part in parts]
            known = {n: either(k[name] for k, name in zip(each, names, strict=True)) for n, names in columns.items()}
            return Seen(new, known)
        case Lookup(of, at, lists):
            before = seen[of.number]
            at = _name(before, at)
            places = Narrowing(before).values(col(at))
            if places is not None:
                # more may be reckoned with than the lists have
                places = places[(places >= 0) & (places < min(map(len, lists.values())))]
            known = {name: among(values, before.known[at], places) for name, values in lists.items()}
            there = {one: name for name, one in before.listed.items()}
            listed = {name: (at, id(values)) for name, values in lists.items()}
            made = {name: col(there[one]) for name, one in listed.items() if one in there}
            return replace(
                before, table=replace(new, at=at, places=places), known={**before.known, **known},
                made={**before.made, **made}, listed={**before.listed, **listed},
            )  # fmt: skip
        case _:
            raise AssertionError(f"no such table: {table}")


def _part(table: Table, seen: Seen, condition: Formula, facts: Facts) -> Table | None:
    """The rows of a table that meet a condition, made of a part that is handed in by itself."""
    if condition.op != "=" or condition.of[0].op != "column" or condition.of[1].op != "value" or seen.rows is None:
        return None
    column, value = seen.own.get(condition.of[0].said), condition.of[1].said[0]
    name = facts.parts.get((seen.rows, column, value)) if column is not None else None
    return None if name is None else _of_part(table, name)


def _of_part(table: Table, part: str) -> Table | None:
    """A table made of part of what it is made of; none where it is made of several tables."""
    match table:
        case Source():
            return again(replace(table, name=part), {})
        case With(_, columns) | Pick(_, columns) if any(formula.around for formula in columns.values()):
            return None
        case With(of) | Pick(of) | Lookup(of) | Where(of):
            below = _of_part(of, part)
            return None if below is None else again(table, {of.number: below})
        case _:
            return None


def _of_fewer(seen: Seen) -> dict[str, Formula]:
    """What columns are made of, of fewer rows: not what reads the others too."""
    return {name: formula for name, formula in seen.made.items() if not formula.around}


def _name(seen: Seen, name: str) -> str:
    """The column that this one is, where it is the same as another."""
    made = seen.made.get(name)
    return made.said if made is not None and made.op == "column" else name


def _own(columns: Mapping[str, Formula], before: Seen) -> dict[str, str]:
    """Of some columns, those that are the handed-in table's own."""
    return {name: before.own[f.said] for name, f in columns.items() if f.op == "column" and f.said in before.own}


def _above(columns: Mapping[str, Formula], before: Seen) -> dict[str, frozenset[str]]:
    """Of some columns, which they are never above, where both were columns before."""
    was = {name: formula.said for name, formula in columns.items() if formula.op == "column"}
    return {
        name: frozenset(other for other, said in was.items() if said in before.above[old])
        for name, old in was.items()
        if old in before.above
    }


def _is_choice(formula: Formula) -> bool:
    """Whether a formula is a case of values."""
    return formula.op == "case" and all(value.op == "value" for value in cases(formula)[1])


def _joined(
    new: Any, before: Seen, other: Seen, on: Sequence[tuple[str, str]], takes: Sequence[str], facts: Facts
) -> Seen:
    """Where both tables lie side by side each row has its own in the other; else there may be none."""
    same = [(facts.alike.get((str(before.rows), before.own.get(a, ""))),
             facts.alike.get((str(other.rows), other.own.get(b, "")))) for a, b in on]  # fmt: skip
    beside = all(a is not None and a == b for a, b in same)
    if beside:
        known = {**before.known, **{name: other.known[name] for name in takes}}
        above = {**before.above, **other.above}
        return replace(before, table=replace(new, beside=True), known=known, above=above)
    taken = {name: replace(other.known[name], nulls=True) for name in takes}
    # the rows need not lie in their order any longer
    return replace(before, table=new, known={**before.known, **taken}, rows=None)


Choice = tuple[tuple[Formula, ...], tuple[Formula, ...]]
"""Conditions, and the value of each, and a last one where none is met."""

OF_VALUES = frozenset(
    ("case", "cast", "fits", "in", "+", "-", "*", "=", "!=", "<", "<=", ">", ">=", "and", "or", "not", "negative",
     "is null", "or value", "largest", "smallest")
)  # fmt: skip
"""What is done to values at once where they are known."""


class Narrowing:
    """Formulas over one table, of whose columns something is known."""

    def __init__(self, table: Seen) -> None:
        self.table = table
        self.done: dict[Formula, tuple[Formula, Known]] = {}
        self.chosen: dict[Formula, Choice | None] = {}

    def columns(self, columns: Mapping[str, Formula]) -> tuple[dict[str, Formula], dict[str, Known]]:
        """Columns that are to be made, each another that is there where that is the same, and what is known of them."""
        there = {formula: name for name, formula in self.table.made.items() if formula.op != "column"}
        formulas: dict[str, Formula] = {}
        all_known: dict[str, Known] = {}
        for name, formula in columns.items():
            made, all_known[name] = self.directly(*self.of(formula))
            formulas[name] = col(there[made]) if made in there else made
        return formulas, all_known

    def directly(self, formula: Formula, known: Known) -> tuple[Formula, Known]:
        """Where a number depends on nothing but which case another column is, the case with that number."""
        if known.kind not in WHOLE or formula.op in ("value", "column", "case"):
            return formula, known
        if (found := self.choice(formula)) is not None:
            return self.of(case_of(*found))
        if formula.op not in OF_VALUES:
            return formula, known
        return self.of(
            Formula(formula.op, tuple(self.directly(*self.of(part))[0] for part in formula.of), formula.said)
        )

    def choice(self, formula: Formula) -> Choice | None:
        """A formula as a case of values, if it is one: whatever is done to cases that have the same conditions can be
        done to their values."""
        if formula not in self.chosen:
            self.chosen[formula] = self._choice(formula)
        return self.chosen[formula]

    def _choice(self, formula: Formula) -> Choice | None:
        if formula.op == "value":
            return (), (formula,)
        if formula.op == "column":
            made = self.table.made.get(formula.said)
            return None if made is None or made is formula else self.choice(made)
        if formula.op not in OF_VALUES:
            return None
        parts = [part for part in map(self.choice, formula.of) if part is not None]
        different = {tuple(map(id, conditions)): conditions for conditions, _ in parts if conditions}
        if len(parts) == len(formula.of) and len(different) == 1:
            (conditions,) = different.values()
            each = [values if own else values * (len(conditions) + 1) for own, values in parts]
            values = tuple(self.of(Formula(formula.op, of, formula.said))[0] for of in zip(*each, strict=True))
            if all(value.op == "value" for value in values):
                return conditions, values
        return cases(formula) if _is_choice(formula) else None

    def of(self, formula: Formula) -> tuple[Formula, Known]:
        """The formula as it is of these rows, and what is known of it."""
        if formula not in self.done:
            self.done[formula] = plain(*self._of(formula))
        return self.done[formula]

    def values(self, formula: Formula) -> Any:
        """The whole numbers that a formula can come to where it is not null, an array; none where they are many."""
        known = self.of(formula)[1]
        if known.absent or not known.bounded or known.kind not in WHOLE:
            return None
        if known.high - known.low < FEW:
            return np.arange(int(known.low), int(known.high) + 1)
        if formula.op == "column" and formula.said in self.table.made:
            return self.values(self.table.made[formula.said])
        if formula.op in ("+", "-", "*"):
            a, b = (self.values(part) for part in formula.of)
            if a is not None and b is not None and len(a) * len(b) <= MANY:
                made: Any = ARITHMETIC[formula.op](a[:, None], b)
                return np.unique(made)
        if formula.op == "case":
            each: list[Any] = [self.values(value) for value in cases(formula)[1]]
            if all(one is not None for one in each):
                return np.unique(np.concatenate(each))
        return None

    def _of(self, formula: Formula) -> tuple[Formula, Known]:
        if formula.op == "column":
            formula = col(_name(self.table, formula.said))
            return formula, self.table.known.get(formula.said, Known())
        if formula.op == "window":
            # another row's value is read as it stands
            counted = formula.said.function in ("count", "rank", "rank from highest")
            return formula, Known(INT if counted else None, nulls=formula.said.function != "count")
        if formula.op == "case":
            return self._case(formula)
        if formula.op == "cast" and (found := self._whole_part(formula)) is not None:
            return self.of(found)
        parts = [self.of(part) for part in formula.of]
        if formula.op in ("largest", "smallest"):
            return self._extreme(formula, parts)
        formulas, known = [one for one, _ in parts], [one for _, one in parts]
        found = OPERATIONS.get(formula.op, any_other)(formula, formulas, known)
        if formula.op == "/" and found[1].bounded and found[1].high > 1 and self._is_share(*formulas):
            return found[0], replace(found[1], high=1.0)
        return found

    def _whole_part(self, formula: Formula) -> Formula | None:
        """A cast of a whole part, or of that less some whole number, where nothing is below zero."""
        if formula.said not in WHOLE or not self._fits(formula.of[0], formula.said):
            return None
        x, less = self._spelled(self.of(formula.of[0])[0]), 0
        if x.op == "-" and x.of[1].op == "value" and float(x.of[1].said[0] or 0.5).is_integer():
            x, less = self._spelled(x.of[0]), int(x.of[1].said[0])
        if x.op != "floor" or not self._at_least(x.of[0], 0) or not self._fits(x.of[0], formula.said):
            return None
        return x.of[0].whole(formula.said) - lit(less, formula.said)

    def _fits(self, formula: Formula, kind: Kind) -> bool:
        known, most = self.of(formula)[1], min(WHOLE[kind], EXACT)
        return known.kind is FLOAT and known.bounded and -most <= known.low and known.high < most

    def _extreme(self, formula: Formula, parts: Sequence[tuple[Formula, Known]]) -> tuple[Formula, Known]:
        """The largest or the smallest: what is null is passed over, and so is what another part always reaches."""
        kind, kept = either(known for _, known in parts).kind, [one for one in parts if not one[1].absent]
        if kind in (None, NONE):
            return made_of(formula, [part for part, _ in parts]), Known(nulls=all(k.nulls for _, k in parts))
        if not kept:
            return lit(None, kind), nothing_but_nulls(kind)
        largest = formula.op == "largest"
        for part in [*kept]:
            others = [one for one in kept if one is not part]
            sure = (one for one, known in others if known.bounded and not known.nulls)
            if any(self.below(part[0], one) if largest else self.below(one, part[0]) for one in sure):
                kept = others
        every = [known for _, known in kept]
        made = kept[0][0] if len(kept) == 1 else Formula(formula.op, tuple(part for part, _ in kept))
        nulls = all(one.nulls for one in every)
        if not all(one.bounded for one in every):
            return made, Known(kind, nulls=nulls)
        low, high = min(one.low for one in every), max(one.high for one in every)
        for one in every:
            if not one.nulls:
                low, high = (max(low, one.low), high) if largest else (low, min(high, one.high))
        return made, Known(kind, low, high, nulls)

    def below(self, a: Formula, b: Formula) -> bool:
        """Whether a formula is never larger than another: a difference is not, nor is the other a sum, nor is it where
        the same is done to both that never makes the larger of two the smaller."""
        x, y = self.of(a)[1], self.of(b)[1]
        if a is b or (x.bounded and y.bounded and x.high <= y.low):
            return True
        if a.op == b.op == "column" and b.said in self.table.above.get(a.said, ()):
            return True
        a, b = self._spelled(a), self._spelled(b)
        if a.op == b.op == "+" and self._ends(x) and self._ends(y) and all(map(self.below, a.of, b.of)):
            return True
        # whole numbers go round where they end
        if a.op == "-" and self._ends(x) and self._at_least(a.of[1], 0) and self.below(a.of[0], b):
            return True
        if b.op == "+" and self._ends(y) and self._at_least(b.of[1], 0) and self.below(a, b.of[0]):
            return True
        if a.op == b.op == "/" and a.of[1] is b.of[1]:
            return self._at_least(a.of[1], TINY) and self.below(a.of[0], b.of[0])
        return (
            a.op == b.op == "*" and a.of[0] is b.of[0] and self._at_least(a.of[0], 0) and self.below(a.of[1], b.of[1])
        )

    def never_above(self, formula: Formula) -> frozenset[str]:
        """The columns of which this is some part: no more than one times what is not below zero."""
        if formula.op != "*" or self.of(formula)[1].kind is not FLOAT:
            return frozenset()
        both = formula.of, formula.of[::-1]
        parts = (
            of.said for times, of in both if of.op == "column" and self._at_least(of, 0) and self._at_most_one(times)
        )
        return frozenset(parts)

    def _is_share(self, of: Formula, whole: Formula) -> bool:
        return self._at_least(whole, TINY) and self.below(of, whole)

    def _at_most_one(self, formula: Formula) -> bool:
        known = self.of(formula)[1]
        return known.bounded and known.high <= 1

    @staticmethod
    def _ends(known: Known) -> bool:
        return known.kind is FLOAT or known.bounded

    def _spelled(self, formula: Formula) -> Formula:
        """What a column is made of, if it is made here."""
        return self.table.made.get(formula.said, formula) if formula.op == "column" else formula

    def _at_least(self, formula: Formula, least: float) -> bool:
        known = self.of(formula)[1]
        return known.bounded and known.low >= least

    def _case(self, formula: Formula) -> tuple[Formula, Known]:
        conditions, values = cases(formula)
        asked = [self.of(condition) for condition in conditions]
        given = [self.of(value) for value in values]
        kind = either(known for _, known in given).kind
        met: list[int] = []
        other = len(conditions)
        for place, (condition, known) in enumerate(asked):
            if condition is TRUE:
                other = place
                break
            if condition is not FALSE and not known.absent:
                met.append(place)
        while met and given[met[-1]][0] is given[other][0]:
            met.pop()
        kept = [*met, other]
        if kind is None or either(given[place][1] for place in kept).kind not in (kind, NONE):
            # of what kind it is depends on values that it never has
            met, kept, other = [*range(len(conditions))], [*range(len(given))], len(conditions)
        found = replace(either(given[place][1] for place in kept), kind=kind)
        if not met:
            return given[other][0], found
        # a case in the place of the last value goes on with its own conditions; narrowed, it has a last value
        last = given[other][0]
        rest = last.of if last.op == "case" else (last,)
        every = (*(part for n in met for part in (asked[n][0], given[n][0])), *rest)
        return (made_of(formula, every) if len(every) == len(formula.of) else Formula("case", every)), found
