"""What the names and operators of an expression mean: names resolved, types found, levels ranked.

`plan.py` says which names there are; here an expression is read against them, so that what is
bound can be evaluated without asking again. Nothing here evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import FeelError
from tilsyn.engine.nodes import ValueType

Scale = tuple[str, ...]
"""Levels, worst first."""

Type = Literal["number", "text", "flag", "null"] | Scale
"""What an expression yields; a level is known by its scale, and `null` fits anywhere."""


class Scope(Struct, frozen=True):
    """What a name may mean in an expression of the area.

    `types` has attributes, indicators, quantities and the fields of records (`cut.a`); `fields` those that
    an indicator carries. `members` are the groups of each grouping, `sliced` the names that vary by it, and
    `relations` say for each whether it leads to one row or to many. `others` are names that expressions
    can't read, with what they are.
    """

    types: Mapping[str, Type]
    fields: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Fraction]
    scales: tuple[Scale, ...]
    others: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sliced: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    relations: Mapping[str, Literal["one", "many"]] = field(default_factory=dict[str, Literal["one", "many"]])

    @property
    def known(self) -> tuple[str, ...]:
        levels = dict.fromkeys(level for scale in self.scales for level in scale)
        return (*(name for name in self.types if "@" not in name), *self.constants, *levels)


def value_type(kind: Type) -> ValueType:
    """The kind of value, whatever its scale; what is only ever missing counts as a number."""
    if isinstance(kind, tuple):
        return "level"
    return "number" if kind == "null" else kind


def shown(kind: Type) -> str:
    """A type as a problem names it."""
    return f"level ({', '.join(kind)})" if isinstance(kind, tuple) else kind


def slice_names(expr: Expr, member: str, groupings: Mapping[str, tuple[str, ...]], scope: Scope) -> Expr:
    """The expression as one member of a grouping reads it: names that vary take the member's value, and the
    grouping's own name is the member. `groupings` are those that are sliced by."""
    at = expr.at

    def own(name: str) -> str:
        return f"{name}@{member}" if member in scope.sliced.get(name, ()) else name

    match expr:
        case e.Ref(name, field_):
            if field_ is None and member in groupings.get(name, ()):
                return e.Text(member, at=at)
            if field_ is not None and name in scope.relations:
                # the other's name, in the same slice
                return e.Ref(name, own(field_), at=at)
            return e.Ref(own(name), field_, at=at)
        case e.Peers(set=name) if name in scope.members:
            # over a grouping: what varies by it is every member's own, and only the rest this one's
            within = set(scope.members[name])
            rest = {n: members for n, members in scope.sliced.items() if not within & members}
            outer, others = {g: m for g, m in groupings.items() if g != name}, replace(scope, sliced=rest)
            return e.rebuilt(expr, lambda part: slice_names(part, member, outer, others))
        case e.Peers(within=within) if within is not None and own(within) != within:
            divided = replace(expr, within=own(within))
            return e.rebuilt(divided, lambda part: slice_names(part, member, groupings, scope))
        case _:
            return e.rebuilt(expr, lambda part: slice_names(part, member, groupings, scope))


def names_in(expr: Expr) -> set[str]:
    """Every name that an expression reads, those that divide its peers included."""
    within = {node.within for node in e.walk(expr) if isinstance(node, e.Peers) and node.within is not None}
    of = {ref.name for ref in e.refs(expr)} | {ref.field for ref in e.refs(expr) if ref.field is not None}
    return within | of


def affine(expr: Expr, indicator: str) -> bool:
    """Whether an expression is affine in an indicator's value, and reads no count of it.

    >>> from tilsyn.catalogue.feel import parse
    >>> affine(parse("100 - 100 * x"), "x"), affine(parse("x * x"), "x")
    (True, False)
    """
    return _degree(expr, indicator) == 1


def _degree(expr: Expr, indicator: str) -> int | None:
    match expr:
        case e.Number():
            return 0
        case e.Ref(name, field_):
            if name != indicator:
                return 0
            return 1 if field_ is None else (0 if field_ == "expected" else None)
        case e.Negative(of):
            return _degree(of, indicator)
        case e.Arith(op, left, right):
            a, b = _degree(left, indicator), _degree(right, indicator)
            if a is None or b is None:
                return None
            if op in ("+", "-"):
                return max(a, b)
            if op == "*" and a + b <= 1:
                return a + b
            return a if op == "/" and b == 0 else (0 if a == b == 0 else None)
        case _:
            return 0 if all(_degree(child, indicator) == 0 for child in e.children(expr)) else None


def bind(expr: Expr, scope: Scope, hint: Type | None = None) -> tuple[Expr, Type]:
    """The expression with its names resolved, and its type. Raises FeelError where a name or type does not fit.

    `hint` is the type that is expected, which tells apart levels of the same name on two scales.
    """
    match expr:
        case e.Number():
            return expr, "number"
        case e.Text():
            return expr, "text"
        case e.Flag():
            return expr, "flag"
        case e.Level():
            scales = [hint] if isinstance(hint, tuple) and expr.name in hint else scope.scales
            return expr, next((s for s in scales if expr.name in s), (expr.name,))
        case e.Absent():
            return (expr if hint is None else replace(expr, type=value_type(hint))), "null"
        case e.Input():
            raise FeelError(expr.at, "feel-syntax", found="?")
        case e.Ref():
            return _bind_ref(expr, scope, hint)
        case e.Negative(of):
            return e.Negative(typed(of, scope, "number"), at=expr.at), "number"
        case e.Arith(op, left, right):
            return e.Arith(op, typed(left, scope, "number"), typed(right, scope, "number"), at=expr.at), "number"
        case e.Compare():
            return _bind_compare(expr, scope), "flag"
        case e.Logic(op, of):
            alone = reads_nothing(expr)
            return e.Logic(op, tuple(_truth(part, scope, alone) for part in of), at=expr.at), "flag"
        case e.Not(of):
            return e.Not(_truth(of, scope, reads_nothing(expr)), at=expr.at), "flag"
        case e.If(condition, then, otherwise):
            bound = typed(condition, scope, "flag")
            if may_be_missing(bound):
                if not reads_nothing(condition):
                    raise FeelError(condition.at, "feel-if-missing")
                bound = e.Call("default", (bound, e.Flag(False)), at=condition.at)
            (a, b), kind = _alike((then, otherwise), scope, hint)
            return e.If(bound, a, b, at=expr.at), kind
        case e.Call():
            return _bind_call(expr, scope, hint)
        case e.Earlier(of, periods):
            bound, kind = bind(of, scope)
            if not isinstance(bound, e.Ref):
                raise FeelError(of.at, "feel-earlier-name", function="earlier")
            return e.Earlier(bound, periods, at=expr.at), kind
        case e.Peers():
            return _bind_set(expr, scope)
        case e.Choose(conditions, values, hit):
            bound_conditions = tuple(typed(c, scope, "flag") for c in conditions)
            bound_values, kind = _alike(values, scope, hint)
            return e.Choose(bound_conditions, bound_values, hit, at=expr.at), kind
        case e.Aggregate():
            return _bind_aggregate(expr, scope)
        case e.Related() | e.Among():
            raise AssertionError("already bound")


def reads_nothing(expr: Expr) -> bool:
    """Whether an expression is made of literals alone. To those FEEL's own answers about `null` apply: it equals
    itself, and a condition that is `null` is not met. What reads a figure keeps ours: it may be missing, because."""
    plain = (e.Number, e.Text, e.Flag, e.Absent, e.Arith, e.Negative, e.Compare, e.Logic, e.Not, e.If, e.Call)
    return all(isinstance(node, plain) for node in e.walk(expr))


def _truth(part: Expr, scope: Scope, alone: bool) -> Expr:
    """An operand of logic. FEEL takes a literal that is no flag for `null`; beside a name it can only be a mistake."""
    if alone and isinstance(part, (e.Number, e.Text)):
        return e.Absent("undefined", "flag", at=part.at)
    return typed(part, scope, "flag")


def typed(expr: Expr, scope: Scope, wanted: Type) -> Expr:
    """The bound expression, which must be of a type (or null). Raises FeelError."""
    bound, found = bind(expr, scope, wanted)
    if found not in (wanted, "null"):
        raise FeelError(expr.at, "feel-type", found=shown(found), wanted=(shown(wanted),))
    return bound


def _alike(parts: tuple[Expr, ...], scope: Scope, hint: Type | None) -> tuple[tuple[Expr, ...], Type]:
    """Bound alternatives, which all have one type."""
    bound: list[tuple[Expr, Type]] = []
    kind: Type = "null"
    for part in parts:
        of, found = bind(part, scope, hint if kind == "null" else kind)
        if found != "null" and kind not in (found, "null"):
            raise FeelError(part.at, "feel-type", found=shown(found), wanted=(shown(kind),))
        kind = found if kind == "null" else kind
        bound.append((of, found))
    if kind != "null":
        # what is only ever missing is missing as the kind that the others have
        bound = [bind(p, scope, kind) if b[1] == "null" else b for p, b in zip(parts, bound, strict=True)]
    return tuple(of for of, _ in bound), kind


def _bind_ref(ref: e.Ref, scope: Scope, hint: Type | None) -> tuple[Expr, Type]:
    if ref.column in scope.types:
        return ref, scope.types[ref.column]
    if scope.relations.get(ref.name) == "one" and ref.field is not None:
        of, kind = bind(e.Ref(ref.field, at=ref.at), scope)
        if not isinstance(of, e.Ref):
            raise FeelError(ref.at, "feel-name", found=ref.field, known=scope.known)
        return e.Related(ref.name, of, at=ref.at), kind
    if ref.name in scope.types or ref.name in scope.fields:
        known = scope.fields.get(ref.name, ())
        if ref.field in known:
            return ref, "number"
        raise FeelError(ref.at, "feel-field", name=ref.name, found=ref.field or "", known=known)
    if ref.field is None and ref.name in scope.constants:
        return e.Number(scope.constants[ref.name], at=ref.at), "number"
    if ref.field is None and (level := _level(ref, scope, hint)) is not None:
        return level
    if keys := tuple(name for name in scope.types if name.startswith(f"{ref.name}.")):
        whole = ref.name.partition("@")[0]
        found, values = ref.column.replace(ref.name, whole), tuple(key.replace(ref.name, whole) for key in keys)
        raise FeelError(ref.at, "feel-record", found=found, name=whole, values=values)
    if ref.name in scope.sliced:
        raise FeelError(ref.at, "feel-sliced", found=ref.name)
    if ref.name in scope.others:
        raise FeelError(ref.at, f"feel-unreadable-{scope.others[ref.name]}", found=ref.name)
    raise FeelError(ref.at, "feel-name", found=ref.name, known=scope.known)


def _level(ref: e.Ref, scope: Scope, hint: Type | None) -> tuple[Expr, Type] | None:
    """A name that is a level; of the scale that is expected, else of the only scale that has it."""
    scales = [scale for scale in scope.scales if ref.name in scale]
    if isinstance(hint, tuple) and ref.name in hint:
        scales = [hint]
    if not scales:
        return None
    if len(scales) > 1:
        raise FeelError(ref.at, "feel-level-scale", found=ref.name)
    return e.Level(ref.name, scales[0].index(ref.name), at=ref.at), scales[0]


def _bind_compare(expr: e.Compare, scope: Scope) -> Expr:
    op, left, right = expr.op, expr.left, expr.right
    null = next((side for side in (right, left) if isinstance(side, e.Absent)), None)
    if null is not None and op in ("=", "!="):
        # FEEL: only null equals null, so this asks whether there is a value
        asked = bind(left if null is right else right, scope)[0]
        missing: Expr = e.Call("missing", (asked,), at=expr.at)
        return missing if op == "=" else e.Not(missing, at=expr.at)
    try:
        a, kind = bind(left, scope)
    except FeelError as fault:
        if fault.code != "feel-level-scale":
            raise
        # a level of two scales is told by the other side, whichever side that is
        a, kind = bind(left, scope, bind(right, scope)[1])
    b, other = bind(right, scope, kind)
    if kind != other and (isinstance(other, tuple) or kind == "null"):
        a, kind = bind(left, scope, other)
    if kind != other and "null" not in (kind, other):
        raise FeelError(right.at, "feel-compare", left=shown(kind), right=shown(other))
    kind = kind if kind != "null" else other
    if kind in ("text", "flag") and op not in ("=", "!="):
        raise FeelError(expr.at, "feel-order", type=kind)
    found = e.Compare(op, a, b, value_type(kind), at=expr.at)
    if op in ("=", "!=") and reads_nothing(expr) and may_be_missing(found):
        return _compared_as_feel(found)
    return found


def _compared_as_feel(compare: e.Compare) -> Expr:
    """`=` and `!=` between literals: `null` equals itself and nothing else."""
    at = compare.at
    both: Expr = e.Logic("and", tuple(e.Call("missing", (x,), at=at) for x in (compare.left, compare.right)), at=at)
    return e.Call("default", (compare, both if compare.op == "=" else e.Not(both, at=at)), at=at)


def _bind_call(call: e.Call, scope: Scope, hint: Type | None) -> tuple[Expr, Type]:
    function, at = call.function, call.at
    match function:
        case "missing":
            return e.Call(function, (bind(call.of[0], scope)[0],), at=at), "flag"
        case "default":
            (x, v), kind = _alike((call.of[0], call.of[1]), scope, hint)
            return e.Call(function, (x, v), at=at), kind
        case "at_least":
            k, *conditions = call.of
            if not isinstance(k, e.Number) or k.value.denominator != 1:
                raise FeelError(k.at, "feel-at-least", most=len(conditions))
            return e.Call(function, (k, *(typed(c, scope, "flag") for c in conditions)), at=at), "flag"
        case "rank":
            of, kind = bind(call.of[0], scope)
            if not isinstance(kind, tuple):
                raise FeelError(call.of[0].at, "feel-type", found=shown(kind), wanted=("level",))
            return e.Call(function, (of,), at=at), "number"
        case "count" if reads_nothing(call) and call.of != (e.Absent("undefined"),):
            # FEEL counts what a list has, `null` too; of our figures only those that are there can be counted
            return e.Number(Fraction(len(call.of)), at=at), "number"
        case _:
            return e.Call(function, tuple(typed(part, scope, "number") for part in call.of), at=at), "number"


def _bind_set(node: e.Peers, scope: Scope) -> tuple[Expr, Type]:
    if node.set == "peers":
        return _bind_peers(node, scope)
    if node.function in e.PLACED or node.within is not None:
        raise FeelError(node.at, "feel-set-place", found=node.set)
    if node.set in scope.members:
        members = scope.members[node.set]
        groupings = {node.set: members}
        wanted = "flag" if node.function == "count_true" else "number"
        of = tuple(_in_member(node.of, m, groupings, scope, wanted, node.function) for m in members)
        where = node.where
        kept = (
            tuple(_in_member(where, m, groupings, scope, "flag", "") for m in members) if where is not None else ()
        )  # fmt: skip
        return e.Among(node.function, of, kept, at=node.at), "number"
    if scope.relations.get(node.set) == "many":
        return _bind_peers(node, scope)
    known = ("peers", *scope.members, *(name for name, kind in scope.relations.items() if kind == "many"))
    raise FeelError(node.at, "feel-set", found=node.set, known=known)


def _in_member(
    expr: Expr, member: str, groupings: Mapping[str, tuple[str, ...]], scope: Scope, wanted: Type, function: str
) -> Expr:
    own = slice_names(expr, member, groupings, scope)
    return bind(own, scope)[0] if function == "count" else typed(own, scope, wanted)


def _bind_peers(node: e.Peers, scope: Scope) -> tuple[Expr, Type]:
    of, kind = bind(node.of, scope)
    if any(isinstance(n, (e.Peers, e.Earlier, e.Related)) for n in e.walk(of)):
        raise FeelError(node.of.at, "feel-peers-nested")
    wanted: Type = "flag" if node.function == "count_true" else "number"
    if kind != wanted and node.function != "count":
        raise FeelError(node.of.at, "feel-type", found=shown(kind), wanted=(wanted,))
    if node.within is not None and scope.types.get(node.within) != "text":
        raise FeelError(
            node.at, "feel-name", found=node.within, known=tuple(n for n, t in scope.types.items() if t == "text")
        )
    where = typed(node.where, scope, "flag") if node.where is not None else None
    if where is not None and any(isinstance(n, (e.Peers, e.Earlier, e.Related)) for n in e.walk(where)):
        raise FeelError(node.at, "feel-peers-nested")
    return replace(node, of=of, where=where), "number"


def _bind_aggregate(node: e.Aggregate, scope: Scope) -> tuple[Expr, Type]:
    of, kind = _alike(node.of, scope, None)
    levels = node.method in ("best/v1", "worst/v1")
    if levels != isinstance(kind, tuple) or (not levels and kind not in ("number", "null")):
        raise FeelError(node.at, "feel-type", found=shown(kind), wanted=("level" if levels else "number",))
    weights = tuple(typed(weight, scope, "number") for weight in node.weights)
    return replace(node, of=of, weights=weights), kind


def may_be_missing(expr: Expr) -> bool:
    """Whether an expression can come out missing for some figures."""
    match expr:
        case e.Number() | e.Text() | e.Flag() | e.Level():
            return False
        case e.Ref() | e.Earlier() | e.Input() | e.Related() | e.Absent() | e.Choose() | e.Aggregate():
            return True
        case e.Among(function):
            return function not in ("count", "count_true")
        case e.Peers():
            return True
        case e.Call("missing"):
            return False
        case e.Call("default", (_, v)):
            return may_be_missing(v)
        case e.Call("sqrt" | "log" | "exp" | "modulo") | e.Arith("/" | "**" | "*"):
            return True
        case _:
            return any(may_be_missing(child) for child in e.children(expr))
