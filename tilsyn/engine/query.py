"""What is to be done to tables, before any engine does it: rows chosen, joined and counted, columns made of others.

A `Sheet` is a table in the making. It is written like a data frame, column after column, each by the name that the
reading gives it; what comes out is a graph of a few kinds of tables. Columns that do not need each other are made at
once, so that the graph is as deep as what is asked, not as long as it took to write; a formula that was written twice
is made once; and what nobody asks for in the end is not made (`wanted`).

Inside, every column has a name of its own (`c12`), and no name ever means two columns: engines differ in which letters
they tell apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from tilsyn.engine.formulas import Formula, Named, Window, col, lit

GroupFunction = Literal["count", "sum", "mean", "min", "max", "median"]

_numbers = count()


class Table(Struct, frozen=True, eq=False, kw_only=True):
    """A table of the graph; one that is made from others has a higher `number` than they."""

    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def over(self) -> tuple[Table, ...]:
        """The tables that it is made from."""
        return ()


class Source(Table, frozen=True, eq=False):
    """A table that is handed in under a name; `columns` by the names inside."""

    name: str
    columns: Mapping[str, str]


class Made(Table, frozen=True, eq=False):
    """A table that is made from one other."""

    of: Table

    @property
    def over(self) -> tuple[Table, ...]:
        return (self.of,)


class With(Made, frozen=True, eq=False):
    """A table with more columns."""

    columns: Mapping[str, Formula]


class Across(With, frozen=True, eq=False):
    """A table as it is. What it has beyond `before`, which it was made from, was found among the rows of other
    institutions; both have the same rows, which `keys` tell from each other, here by the names that people see."""

    before: Table
    keys: Mapping[str, str]


class Where(Made, frozen=True, eq=False):
    """The rows that meet a condition."""

    condition: Formula


class Pick(Made, frozen=True, eq=False):
    """A table of other columns, each of them a formula; `distinct` rows only, where that is said."""

    columns: Mapping[str, Formula]
    distinct: bool = False


class Join(Made, frozen=True, eq=False):
    """A table with the columns of the one row of another that agrees with it, null where there is none; with `anti`
    the rows that none agrees with. `beside` says that row by row the other's is the one that agrees."""

    other: Table
    on: tuple[tuple[str, str], ...]
    takes: tuple[str, ...]
    anti: bool = False
    beside: bool = False

    @property
    def over(self) -> tuple[Table, ...]:
        return (self.of, self.other)


class Group(Made, frozen=True, eq=False):
    """A row for each set of rows that agree in `keys`."""

    keys: tuple[str, ...]
    columns: Mapping[str, tuple[GroupFunction, str]]


class Union(Table, frozen=True, eq=False):
    """The rows of several tables, one below the other; `columns` by the name in each of them."""

    parts: tuple[Table, ...]
    columns: Mapping[str, tuple[str, ...]]

    @property
    def over(self) -> tuple[Table, ...]:
        return self.parts


class Lookup(Made, frozen=True, eq=False):
    """A table with what stands at the place `at` (a whole number from 0) of some lists; null where that is null. Where
    they are known, no other `places` are asked for."""

    at: str
    lists: Mapping[str, Any]
    places: Any = None


class Query(Struct, frozen=True):
    """A table that is asked for, and its columns by the names that people see, in their order."""

    table: Table
    columns: Mapping[str, str]

    def only(self, names: Sequence[str]) -> Query:
        return Query(self.table, {name: self.columns[name] for name in names})


def asked_of(query: Query, source: str) -> list[str]:
    """The columns of a table that is handed in that the answer needs."""
    needs = wanted(query)
    found = [one for one in in_order(query.table) if isinstance(one, Source) and one.name == source]
    names = (name for one in found for inside, name in one.columns.items() if inside in needs[one.number])
    return [*dict.fromkeys(names)]


def in_order(table: Table, *, before: bool = False) -> list[Table]:
    """A table and all that it is made from, the first first; with what it was before others were looked at, if that
    is said."""
    found: dict[int, Table] = {}
    waiting = [table]
    while waiting:
        one = waiting.pop()
        if one.number not in found:
            found[one.number] = one
            waiting += one.over
            if before and isinstance(one, Across):
                waiting.append(one.before)
    return [found[number] for number in sorted(found)]


def apart(query: Query) -> tuple[dict[str, Query], Query]:
    """A query of which every institution can be asked by itself, and those that must be asked of all at once before:
    what comes of each is handed in under its name to those that follow."""
    needs, firsts = wanted(query), dict[str, Query]()
    made, there = dict[int, Table](), dict[int, set[str]]()
    for one in in_order(query.table, before=True):
        new = again(one, made)
        if isinstance(one, Across):
            name, takes = f"across {len(firsts)}", tuple(sorted(needs[one.number] - there[one.before.number]))
            own = {inside: inside for inside in takes}
            firsts[name] = Query(made[one.of.number], {**one.keys, **own})
            keys = {_new(): key for key in one.keys}
            source = Source(name, {**keys, **own})
            new = Join(made[one.before.number], source, tuple(zip(one.keys.values(), keys, strict=True)), takes)
        made[one.number], there[one.number] = new, _names_in(one, there)
    return firsts, Query(made[query.table.number], query.columns)


def flat(query: Query) -> list[tuple[int, Table]]:
    """The tables of a query by their numbers, each made of no more than the numbers of those that it is made from: what
    is sent elsewhere is not to be as deep as the query."""
    tables = [With(one.of, {}, number=one.number) if isinstance(one, Across) else one for one in in_order(query.table)]
    bare = {one.number: Table(number=one.number) for one in tables}
    return [(one.number, again(one, bare)) for one in tables]


def whole(tables: Sequence[tuple[int, Table]], columns: Mapping[str, str]) -> Query:
    """The query of such tables again."""
    made: dict[int, Table] = {}
    for number, table in tables:
        made[number] = again(table, made)
    return Query(made[tables[-1][0]], columns)


def again(table: Table, made: Mapping[int, Table]) -> Table:
    """A table of what stands in the place of those that it was made from; its number is above theirs."""
    number = next(_numbers)
    match table:
        case Join(of, other):
            return replace(table, of=made[of.number], other=made[other.number], number=number)
        case Made(of):
            return replace(table, of=made[of.number], number=number)
        case Union(parts):
            return replace(table, parts=tuple(made[part.number] for part in parts), number=number)
        case _:
            return replace(table, number=number)


def _names_in(table: Table, there: Mapping[int, set[str]]) -> set[str]:
    """The columns of a table, by those of the tables that it is made from."""
    match table:
        case Join(of, _, _, more) | With(of, more) | Lookup(of, _, more):
            return there[of.number] | {*more}
        case Where(of):
            return there[of.number]
        case Group(_, keys, columns):
            return {*keys, *columns}
        case Source(_, columns) | Pick(_, columns) | Union(_, columns):
            return {*columns}
        case _:
            raise AssertionError(f"no such table: {table}")


def trimmed(query: Query) -> Query:
    """The question without what adds nothing to it: columns and lists that nobody needs, and tables joined from which
    nobody takes any."""
    return Query(trimmed_tables(query)[query.table.number], query.columns)


def trimmed_tables(query: Query) -> dict[int, Table]:
    """The tables of a question so, by the number of that in whose place they stand."""
    needs, made = wanted(query), dict[int, Table]()
    for one in in_order(query.table):
        own, new = needs[one.number], again(one, made)
        match new:
            case Join(of, _, _, takes, anti=False):
                kept = tuple(name for name in takes if name in own)
                made[one.number] = replace(new, takes=kept) if kept else of
            case With(of, columns):
                found = {name: formula for name, formula in columns.items() if name in own}
                made[one.number] = replace(new, columns=found) if found else of
            case Lookup(of, _, lists):
                found = {name: values for name, values in lists.items() if name in own}
                made[one.number] = replace(new, lists=found) if found else of
            case Pick(columns=columns) | Group(columns=columns) | Union(columns=columns):
                found = {name: columns[name] for name in columns if name in own}
                made[one.number] = replace(new, columns=found)
            case _:
                made[one.number] = new
    return made


def wanted(query: Query) -> dict[int, set[str]]:
    """The columns of each table, by its number, that somebody needs."""
    tables = in_order(query.table)
    needs: dict[int, set[str]] = {one.number: set() for one in tables}
    needs[query.table.number] |= {*query.columns.values()}
    taken_from = {query.table.number}
    for one in reversed(tables):
        if one.number not in taken_from:
            # it is joined, and nobody takes anything
            continue
        own = needs[one.number]
        taken_from.update(other.number for other in _taken_from(one, own))
        match one:
            case With(of, columns):
                needs[of.number] |= own - columns.keys()
                needs[of.number].update(*(columns[name].roots for name in own & columns.keys()))
            case Where(of, condition):
                needs[of.number] |= own | condition.roots
            case Pick(of, columns, distinct):
                # what makes rows distinct must be there, whoever asks for it
                own |= columns.keys() if distinct else set[str]()
                needs[of.number].update(*(columns[name].roots for name in own))
            case Join(of, other, on, takes, anti):
                needs[of.number] |= own - {*takes}
                if anti or own & {*takes}:
                    needs[of.number] |= {here for here, _ in on}
                    needs[other.number] |= (own & {*takes}) | {there for _, there in on}
            case Group(of, keys, columns):
                needs[of.number] |= {*keys} | {columns[name][1] for name in own & columns.keys()}
            case Union(parts, columns):
                for place, part in enumerate(parts):
                    needs[part.number] |= {columns[name][place] for name in own}
            case Lookup(of, at, lists):
                needs[of.number] |= (own - lists.keys()) | ({at} if own & lists.keys() else set[str]())
            case _:
                pass
    return needs


def _taken_from(table: Table, own: set[str]) -> tuple[Table, ...]:
    """The tables that are gone through for some of a table's columns."""
    match table:
        case Join(of, _, _, takes, anti=False) if not own & {*takes}:
            return (of,)
        case _:
            return table.over


def worked_out(tables: Sequence[Table], deepest: int) -> list[Table]:
    """Of tables in order, those to be worked out before what is made of them: those that lie as deep as is allowed
    since the last, and those of which several are made. To most engines each of these would have a plan of its own,
    twice as large with every table that comes back to itself."""
    depth, times = dict[int, int](), Counter(other.number for one in tables for other in one.over)
    found: list[Table] = []
    for one in tables:
        depth[one.number] = 1 + max((depth[other.number] for other in one.over), default=0)
        if depth[one.number] > deepest or (times[one.number] > 1 and not isinstance(one, Source)):
            found.append(one)
            depth[one.number] = 0
    return found


# writing


_columns = count()


def _new() -> str:
    return f"c{next(_columns)}"


class Sheet(Struct, frozen=True):
    """A table in the making: what it is so far, the columns that wait to be made on top of it, in layers that need each
    other, and which of all these a name means now. Nothing here changes; each step gives another sheet."""

    table: Table
    names: Mapping[str, str]
    waiting: tuple[Mapping[str, Formula], ...] = ()
    made: Mapping[int, tuple[str, Formula]] = field(default_factory=dict[int, "tuple[str, Formula]"])
    layer: Mapping[str, int] = field(default_factory=dict[str, int])

    @staticmethod
    def source(name: str, columns: Sequence[str]) -> Sheet:
        """A table that is handed in."""
        names = {column: _new() for column in columns}
        return Sheet(Source(name, {inside: column for column, inside in names.items()}), names)

    @property
    def columns(self) -> list[str]:
        return [*self.names]

    def with_columns(self, *columns: Named) -> Sheet:
        """With more columns, or others under the same names. What they read is what the names mean before."""
        names, layer, made = {**self.names}, {**self.layer}, {**self.made}
        waiting = [dict(one) for one in self.waiting]
        for column in columns:
            formula = _inside(column.formula, self.names)
            if formula.op == "column":
                names[column.name] = formula.said
                continue
            known = made.get(id(formula))
            if known is None:
                place = max((layer.get(root, 0) for root in formula.roots), default=0)
                name = _new()
                while len(waiting) <= place:
                    waiting.append({})
                waiting[place][name] = formula
                layer[name] = place + 1
                known = made[id(formula)] = name, formula  # kept, so that no other formula gets its identity
            names[column.name] = known[0]
        return Sheet(self.table, names, tuple(waiting), made, layer)

    def _flushed(self) -> Table:
        table = self.table
        for columns in self.waiting:
            table = With(table, columns)
        return table

    def _on(self, table: Table, names: Mapping[str, str], *, same_rows: bool) -> Sheet:
        """What comes after another step. A formula is as true of fewer rows, but for one that looks at the others."""
        made = self.made if same_rows else {key: one for key, one in self.made.items() if not one[1].around}
        return Sheet(table, names, (), made)

    def where(self, condition: Formula) -> Sheet:
        """The rows that meet a condition. What waits to be made is made of those rows alone, where it reads no others
        and the condition none of it."""
        met = _inside(condition, self.names)
        waiting = [formula for columns in self.waiting for formula in columns.values()]
        if met.around or met.roots & self.layer.keys() or any(formula.around for formula in waiting):
            return self._on(Where(self._flushed(), met), self.names, same_rows=False)
        made = {key: one for key, one in self.made.items() if not one[1].around}
        return replace(self, table=Where(self.table, met), made=made)

    def select(self, *columns: Named | str, distinct: bool = False) -> Sheet:
        """Some columns under other names; as many rows, or only those that are `distinct`."""
        named = [Named(one, col(one)) if isinstance(one, str) else one for one in columns]
        names = {one.name: _new() for one in named}
        inside = {names[one.name]: _inside(one.formula, self.names) for one in named}
        return Sheet(Pick(self._flushed(), inside, distinct), names)

    def join(self, other: Sheet, on: Sequence[tuple[str, str]]) -> Sheet:
        """With the columns of the one row of another sheet that agrees, but for those it agrees in."""
        there = {theirs for _, theirs in on}
        takes = {name: inside for name, inside in other.names.items() if name not in there}
        pairs = tuple((self.names[here], other.names[theirs]) for here, theirs in on)
        assert not {*takes.values()} & {*self.names.values()}, "the other sheet's columns are to be selected first"
        table = Join(self._flushed(), other._flushed(), pairs, tuple(dict.fromkeys(takes.values())))
        return self._on(table, {**self.names, **takes}, same_rows=True)

    def without(self, other: Sheet, on: Sequence[str]) -> Sheet:
        """The rows that none of another sheet's agrees with."""
        pairs = tuple((self.names[name], other.names[name]) for name in on)
        return self._on(Join(self._flushed(), other._flushed(), pairs, (), anti=True), self.names, same_rows=False)

    def across(self, before: Sheet, keys: Sequence[str]) -> Sheet:
        """The same, where what it has beyond another sheet, which it was made from, was found among the rows of other
        institutions."""
        inside = {key: self.names[key] for key in keys}
        return self._on(Across(self._flushed(), {}, before._flushed(), inside), self.names, same_rows=True)

    def group(self, keys: Sequence[str], columns: Mapping[str, tuple[GroupFunction, str]]) -> Sheet:
        """A row for each set of rows that agree in `keys`, with functions of columns."""
        names = {name: _new() for name in columns}
        inside: dict[str, tuple[GroupFunction, str]] = {
            names[name]: (function, self.names[of]) for name, (function, of) in columns.items()
        }
        own = {key: self.names[key] for key in keys}
        return Sheet(Group(self._flushed(), tuple(own.values()), inside), {**own, **names})

    def look_up(self, at: Formula, lists: Mapping[str, Any]) -> Sheet:
        """With what stands at a place of some lists."""
        here = self.with_columns(Named("#at", at))
        names = {name: _new() for name in lists}
        table = Lookup(here._flushed(), here.names["#at"], {names[name]: values for name, values in lists.items()})
        return self._on(table, {**self.names, **names}, same_rows=True)

    def query(self, columns: Sequence[str] | None = None) -> Query:
        """The question for some of the columns, or all."""
        return Query(self._flushed(), {name: self.names[name] for name in (self.names if columns is None else columns)})


def below(first: Sheet, second: Sheet) -> Sheet:
    """The rows of two sheets, one below the other. What the second does not have is null there."""
    lacking = [name for name in first.names if name not in second.names]
    filled = second.with_columns(*(Named(name, lit(None)) for name in lacking))
    parts = first._flushed(), filled._flushed()  # pyright: ignore[reportPrivateUsage]
    names = {name: _new() for name in first.names}
    columns = {inside: (first.names[name], filled.names[name]) for name, inside in names.items()}
    return Sheet(Union(parts, columns), names)


def _inside(formula: Formula, names: Mapping[str, str]) -> Formula:
    """A formula with the names inside for those that were written."""
    done: dict[int, Formula] = {}
    return _renamed(formula, names.__getitem__, done)


def _renamed(formula: Formula, name: Callable[[str], str], done: dict[int, Formula]) -> Formula:
    if id(formula) not in done:
        if formula.op == "column":
            found = col(name(formula.said))
        elif not formula.roots:
            found = formula
        else:
            said = formula.said
            if isinstance(said, Window):
                said = Window(said.function, tuple(map(name, said.keys)))
            found = Formula(formula.op, tuple(_renamed(part, name, done) for part in formula.of), said)
        done[id(formula)] = found
    return done[id(formula)]
