"""Random expressions, written as an author would, over the names that are declared so far.

An `Author` knows which names there are, of which type, and where they can be read: a quantity that is told by a
grouping only in its slices, and what is asked of others leads to no third. So whatever is drawn is valid, and a fault
that the plan maker finds is one of the plan maker's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

Kind = Literal["number", "flag", "text", "level"]

MEMBERS = ("piger", "drenge")
SUBJECTS = ("dansk", "fysik", "musik")
GROUPINGS = {"køn": MEMBERS, "fag": SUBJECTS}
LITERALS = ("0", "1", "2", "3", "0.5", "0.25", "0.1", "0.05", "10", "100", "-1", "7", "1.5", "0.3", "12.5", "0.125")
ORDERS = ("=", "!=", "<", "<=", ">", ">=")
SETS = ("count", "sum", "mean", "min", "max", "median")

NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Known:
    """A name that expressions may read. One that is told `by` groupings without a whole is read only inside them."""

    name: str
    kind: Kind
    scale: tuple[str, ...] = ()
    by: frozenset[str] = NOWHERE


class Author:
    """Draws expressions; the lists are the names that can be read here, by type."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.numbers: list[str] = []
        self.flags: list[str] = []
        self.texts: list[str] = []
        self.level_names: list[str] = []
        self.levels: tuple[str, ...] = ()
        """The ladder's scale, or a regime's first."""
        self.own: list[Known] = []
        """Levels of other scales."""
        self.sliced: list[Known] = []
        self.wholes: frozenset[str] = NOWHERE
        self.others = True
        """Whether peers, relations and the past can be asked."""
        self._by: frozenset[str] = NOWHERE
        self._among: frozenset[str] = NOWHERE

    def pick(self, options: Sequence[T]) -> T:
        return options[self._draw(st.integers(0, len(options) - 1))]

    def whole(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) < percent

    def some(self, options: Sequence[T], fewest: int = 0) -> list[T]:
        wanted = self.whole(fewest, len(options))
        start = self.whole(0, len(options) - 1)
        turned = [*options[start:], *options[:start]]
        return sorted(turned[:wanted], key=list(options).index)

    # names

    def add(self, known: Known) -> None:
        """From now on the name can be read, wherever it can."""
        if known.by:
            self.sliced.append(known)
        else:
            self.readable(known)

    def readable(self, known: Known) -> None:
        """A name among those of its type."""
        match known.kind:
            case "number":
                self.numbers.append(known.name)
            case "flag":
                self.flags.append(known.name)
            case "text":
                self.texts.append(known.name)
            case "level" if known.scale == self.levels:
                self.level_names.append(known.name)
            case "level":
                self.own.append(known)

    @contextmanager
    def only(self, **lists: list[Any]) -> Iterator[None]:
        """Other lists of names for a while."""
        kept = {name: getattr(self, name) for name in lists}
        for name, value in lists.items():
            setattr(self, name, value)
        yield
        for name, value in kept.items():
            setattr(self, name, value)

    @contextmanager
    def inside(self, by: frozenset[str] = NOWHERE, among: str = "") -> Iterator[None]:
        """In the slices by some groupings, or in each member of one, more names can be read."""
        before = self._by, self._among
        self._by = by or self._by
        self._among |= {among} - {""}
        more = [k for k in self.sliced if self._among & k.by or (self._by and k.by >= self._by)]
        lists = {n: list(getattr(self, n)) for n in ("numbers", "flags", "texts", "level_names", "own")}
        with self.only(**lists):
            for known in more:
                self.readable(known)
            if among or (len(by) == 1 and not by & self.wholes):
                self.texts.append(among or min(by))
            yield
        self._by, self._among = before

    # expressions

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf()
        a = lambda: self.number(depth - 1)  # noqa: E731
        leaf = lambda: self.number(0)  # noqa: E731
        match self.whole(0, 31 if self.others else 25):
            case 0:
                return f"({a()} + {a()})"
            case 1:
                return f"({a()} - {a()})"
            case 2:
                return f"({a()} * {self.pick(LITERALS)})"
            case 3:
                return f"(clamp({leaf()}, -100, 100) * clamp({a()}, -100, 100))"
            case 4:
                return f"({a()} / {self.pick([leaf(), self.near_nothing(), '8', '3', '0.7', '100'])})"
            case 5:
                exponent = self.pick(["2", "0.5", "-1", "3", "0", "1.5", f"clamp({leaf()}, -2, 2)", "(0.1 + 0.2) * 10"])
                return f"(clamp({leaf()}, -20, 20) ** {exponent})"
            case 6:
                return f"-{self.pick([leaf(), f'({a()})'])}"
            case 7 | 8:
                name = self.pick(["min", "max", "sum", "mean", "median", "count"])
                parts = [a() for _ in range(self.whole(1, 4))]
                inside = ", ".join(parts)
                return f"{name}([{inside}])" if self.chance(30) else f"{name}({inside})"
            case 9:
                return f"{self.pick(['abs', 'floor', 'ceiling'])}({a()})"
            case 10 | 11 | 12:
                name = self.pick(["decimal", "round up", "round down", "round half up", "round half down"])
                return f"{name}({a()}, {self.whole(-2, 3)})"
            case 13:
                return f"sqrt({self.pick([a(), self.near_nothing()])})"
            case 14:
                return f"log({self.pick([a(), self.near_nothing()])})"
            case 15:
                return f"exp(clamp({leaf()}, -40, 40) / {self.pick(['10', '20', '3'])})"
            case 16:
                return f"modulo({a()}, {self.pick([leaf(), self.near_nothing(), '3', '0.5', '0.1'])})"
            case 17:
                return f"clamp({a()}, {self.pick(['0', '-5', '2'])}, {self.pick(['10', '7.5', '100'])})"
            case 18 | 19:
                return f"default({a()}, {leaf()})"
            case 20 | 21:
                return f"(if {self.condition(depth - 1)} then {a()} else {self.pick([a(), 'null'])})"
            case 22:
                return leaf()
            case 23 | 24:
                return self.over_members(depth - 1)
            case 25:
                return f"rank({self.level(depth - 1)})"
            case 26:
                return f"earlier({self.past(fields=True)}, {self.whole(1, 3)})"
            case 27:
                return f"change({self.past(fields=True)})"
            case 28 | 29:
                return self.over_many(depth - 1)
            case _:
                return self.over_peers(depth - 1)

    def _leaf(self) -> str:
        if self.others and self.chance(8):
            return f"partner.{self.past()}"
        return self.pick(self.numbers) if self.chance(75) else self.pick(LITERALS)

    def near_nothing(self) -> str:
        """A number that is often zero, but not in float64."""
        x = self.number(0)
        return self.pick(
            [f"({x} - {self.number(0)})", f"({x} * 0.1 + {x} * 0.2 - {x} * 0.3)", f"({x} * 3 * 0.1 - 0.3)"]
        )

    def past(self, *, fields: bool = False) -> str:
        """A name that has a past, and that others have; a constant has none, and a field is read here alone."""
        return self.pick([name for name in self.numbers if name != "satsen" and (fields or "." not in name)])

    @contextmanager
    def alone(self) -> Iterator[None]:
        """What is evaluated in a member of a set reads neither peers nor the past directly."""
        before, self.others = self.others, False
        yield
        self.others = before

    def over_peers(self, depth: int) -> str:
        with self.alone():
            name = self.pick([*SETS, "share_below", "share_at_or_below", "rank", "rank"])
            of = self._counted(name, depth)
            extra = f", from: {self.pick(['lowest', 'highest'])}" if name == "rank" and self.chance(60) else ""
            return f"peers.{name}({of}{extra}{self._where(depth)}{self._within()})"

    def over_many(self, depth: int) -> str:
        with self.alone():
            name = self.pick(SETS)
            return f"skoler.{name}({self._counted(name, depth)}{self._where(depth)})"

    def over_members(self, depth: int) -> str:
        grouping = self.pick([*GROUPINGS])
        with self.inside(among=grouping):
            name = self.pick(SETS)
            return f"{grouping}.{name}({self._counted(name, depth)}{self._where(depth)})"

    def _counted(self, function: str, depth: int) -> str:
        if function == "count" and self.chance(40):
            return self.pick([*self.flags, *self.texts])
        return self.number(depth)

    def _where(self, depth: int) -> str:
        return f", where: {self.flag(depth)}" if self.chance(40) else ""

    def _within(self) -> str:
        divides = [name for name in self.texts if name not in GROUPINGS and "." not in name]
        return f", within: {self.pick(['art', *divides])}" if self.chance(40) else ""

    def flag(self, depth: int) -> str:
        if depth <= 0:
            return self.pick([*self.flags, f"({self.number(0)} {self.order()} {self.number(0)})"])
        a = lambda: self.flag(depth - 1)  # noqa: E731
        match self.whole(0, 21 if self.others else 17):
            case 0 | 1 | 2:
                return f"({self.number(depth - 1)} {self.order()} {self.number(0)})"
            case 3:
                return f"({self.text(depth - 1)} {self.pick(['=', '!='])} {self.text(0)})"
            case 4:
                return f"({self.level(depth - 1)} {self.order()} {self.level(0)})"
            case 5:
                return f"(({a()}) {self.pick(['=', '!='])} {self.pick(self.flags)})"
            case 6 | 7:
                return f"({a()} and {a()})"
            case 8 | 9:
                return f"({a()} or {a()})"
            case 10:
                return f"not({a()})"
            case 11:
                test = self.pick(["[1..3]", "(0..10]", "]2..7[", "(1, 2, [5..9])", "[0.5, 3]", "> 2"])
                return f"({self.number(0)} in {test})"
            case 12:
                return f"({self.number(0)} between {self.pick(['0', '-1', '0.5'])} and {self.pick(['3', '10', '1.5'])})"
            case 13:
                return f"at_least({self.whole(0, 3)}, {', '.join(a() for _ in range(self.whole(1, 3)))})"
            case 14:
                return self.condition(depth - 1)
            case 15:
                return f"default({a()}, {self.pick(['true', 'false', self.pick(self.flags)])})"
            case 16:
                return self.own_level()
            case 17:
                grouping = self.pick([*GROUPINGS])
                with self.inside(among=grouping):
                    return f"{grouping}.at_least({self.whole(0, 3)}, {self.flag(depth - 1)}{self._where(depth - 1)})"
            case 18:
                return f"earlier({self.pick(self.flags)}, {self.whole(1, 2)})"
            case 19:
                return f"partner.{self.pick(self.flags)}"
            case 20:
                with self.alone():
                    return f"skoler.at_least({self.whole(0, 3)}, {self.flag(depth - 1)}{self._where(depth - 1)})"
            case _:
                with self.alone():
                    extra = f"{self._where(depth - 1)}{self._within()}"
                    return f"peers.at_least({self.whole(0, 30)}, {self.flag(depth - 1)}{extra})"

    def own_level(self) -> str:
        """A comparison of a level of another scale; a level of two scales is told by its other side."""
        if not self.own:
            return self.flag(0)
        known = self.pick(self.own)
        name = f"default({known.name}, {self.pick(known.scale)})" if self.chance(20) else known.name
        if self.others and self.chance(20):
            name = self.pick([f"partner.{known.name}", f"earlier({known.name}, 1)"])
        sides = [name, self.pick([*known.scale, *(k.name for k in self.own if k.scale == known.scale)])]
        if self.chance(30):
            sides.reverse()
        return f"({sides[0]} {self.order()} {sides[1]})"

    def condition(self, depth: int) -> str:
        """A flag that is never missing, as `if` demands."""
        match self.whole(0, 5):
            case 0:
                return f"missing({self.pick([self.number(depth), self.flag(0), self.text(0), self.level(0)])})"
            case 1:
                return f"(default({self.pick(self.numbers)}, 0) {self.order()} {self.pick(LITERALS)})"
            case 2:
                return f"default({self.flag(depth)}, {self.pick(['true', 'false'])})"
            case 3:
                return f"not(missing({self.pick(self.numbers)}) and {self.pick(self.numbers)} = null)"
            case 4:
                grouping = self.pick([*GROUPINGS])
                with self.inside(among=grouping):
                    return f"({grouping}.count({self.number(0)}{self._where(0)}) > {self.whole(0, 2)})"
            case _:
                return self.pick(["true", f'(default({self.text(0)}, "a") = "b")'])

    def text(self, depth: int) -> str:
        if depth <= 0 or self.chance(40):
            if self.others and self.chance(10):
                name = self.pick([text for text in self.texts if text not in GROUPINGS])
                return self.pick([f"partner.{name}", f"earlier({name}, 1)"])
            return self.pick([*self.texts, '"a"', '"b"'])
        if self.chance(50):
            return f"default({self.text(depth - 1)}, {self.text(0)})"
        return f"(if {self.condition(depth - 1)} then {self.text(depth - 1)} else {self.text(0)})"

    def level(self, depth: int) -> str:
        if depth <= 0 or self.chance(40):
            if self.others and self.level_names and self.chance(10):
                name = self.pick(self.level_names)
                return self.pick([f"partner.{name}", f"earlier({name}, 1)"])
            return self.pick([*self.level_names, *self.levels])
        if self.chance(30):
            return f"default({self.level(depth - 1)}, {self.level(0)})"
        return f"(if {self.condition(depth - 1)} then {self.level(depth - 1)} else {self.level(0)})"

    def order(self) -> str:
        return self.pick(ORDERS)
