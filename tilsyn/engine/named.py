"""Named values: the quantities of an area bound to its names, in an order in which each reads what stands before it.

One quantity gives a node for each value of a record and each member of its groupings. Every text of it is looked at,
so that all that is wrong is told at once and at its own place; what only follows from that is not. How a body reads is
`bodies.py`'s question, what names mean `binding.py`'s, and whether a table has a row for everything `tables.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import FeelError
from tilsyn.engine import tables
from tilsyn.engine.binding import Scope, Type, bind, shown, slice_names, typed, value_type
from tilsyn.engine.bodies import Body, Lines, Sides, read_body, scale_of
from tilsyn.engine.faults import Fault, Faults
from tilsyn.engine.nodes import AdjustNode, QuantityNode


class Named:
    """Binds the quantities of an area, and gathers the faults met on the way. `scope` grows by what is bound."""

    def __init__(self, area: Area, levels: tuple[str, ...], scope: Scope, faults: Faults) -> None:
        self.area, self.levels, self.scope, self.faults = area, levels, scope, faults
        self.known = tables.Known(area.indicators)

    def nodes(self) -> tuple[QuantityNode, ...]:
        """Every quantity's nodes, after those of the quantities that it reads."""
        bodies: dict[str, Body] = {}
        for name, quantity in self.area.quantities.items():
            body = read_body(name, quantity, self.levels, self.faults)
            if body is None:
                self.faults.unread.add(name)
            else:
                bodies[name] = body
        known = set(bodies)
        reads = {name: body.reads() & known for name, body in bodies.items()}
        done: list[QuantityNode] = []
        for name in _in_order(reads):
            done += self._of(name, bodies.pop(name))
        if bodies:
            self._circle(bodies, reads)
        return tuple(done)

    def _circle(self, left: dict[str, Body], reads: Mapping[str, set[str]]) -> None:
        self.faults.unread |= set(left)
        # what only reads a circle is not in it: drop names that nothing left reads
        read_by = {name: {m for m in left if name in reads[m]} for name in left}
        for name in _in_order(read_by):
            del left[name]
        names = (*left, next(iter(left)))
        if len(left) == 1:
            self.faults.add(Fault("area", left[names[0]].path, "reads-itself", {"name": names[0]}, of_key=True))
            return
        self.faults.add(Fault("area", left[names[0]].path, "circle", {"names": names}, of_key=True))

    def _of(self, name: str, body: Body) -> list[QuantityNode]:
        """The nodes of a quantity: one, or one for each value of a record and each member of its groupings."""
        by = body.quantity.by
        groupings = {g: self.scope.members[g] for g in by if g in self.scope.members}
        for index, grouping in enumerate(by):
            if grouping not in self.scope.members:
                args = {"found": grouping, "known": tuple(self.scope.members)}
                self.faults.add(Fault("area", (*body.path, "by", index), "unknown-grouping", args))
                self.faults.unread.add(name)
        members: list[str | None] = [m for members in groupings.values() for m in members]
        if not by or any(self.area.groups[g].whole for g in groupings):
            members.append(None)
        slices = [_Slice(body, member, groupings, self) for member in members]
        found: list[QuantityNode] = []
        for one in slices:
            for key in body.parts:
                column = name if one.member is None else f"{name}@{one.member}"
                node = one.node(column if key is None else f"{column}.{key}", body.parts[key])
                if node is None:
                    self.faults.unread.add(name)
                    continue
                kind: Type = node.scale if node.type == "level" else node.type
                self.scope = replace(self.scope, types={**self.scope.types, node.name: kind})
                self.known.nodes[node.name] = node
                found.append(node)
        if name not in self.faults.unread:
            for fault in _incomplete(body, slices, self.known):
                self.faults.add(fault)
        return found


def _in_order(reads: Mapping[str, set[str]]) -> list[str]:
    """Each name after those that it reads: first all that read nothing, in the order in which they stand, then all
    that read only these, and so on. What is in a circle, or reads one, is left out."""
    place = {name: n for n, name in enumerate(reads)}
    waits = {name: len(of) for name, of in reads.items()}
    readers: dict[str, list[str]] = {name: [] for name in reads}
    for name, of in reads.items():
        for one in of:
            readers[one].append(name)
    ready = [name for name in reads if not waits[name]]
    done: list[str] = []
    while ready:
        done += ready
        freed: list[str] = []
        for name in ready:
            for reader in readers[name]:
                waits[reader] -= 1
                if not waits[reader]:
                    freed.append(reader)
        ready = sorted(freed, key=lambda name: place[name])
    return done


class _Slice:
    """A quantity as one member of its groupings reads it, or everybody (`member` None)."""

    def __init__(self, body: Body, member: str | None, groupings: Mapping[str, tuple[str, ...]], names: Named) -> None:
        self.body, self.member, self.groupings, self.names = body, member, groupings, names
        self.scope = names.scope
        self.guards: tuple[Expr, ...] = ()

    def own(self, part: Expr) -> Expr:
        return part if self.member is None else slice_names(part, self.member, self.groupings, self.scope)

    def node(self, column: str, expr: Expr) -> QuantityNode | None:
        """The node of one value; None after a fault."""
        quantity = self.body.quantity
        hint: Type | None = tuple(quantity.scale) if quantity.scale else None
        if quantity.levels is not None:
            hint = scale_of(quantity, self.names.levels)
        of = self.own(expr)
        if not self._sound(of, hint):
            return None
        bound, kind = bind(of, self.scope, hint)
        self.guards = bound.conditions[:-1] if quantity.missing_when and isinstance(bound, e.Choose) else ()
        self._weights(bound)
        then = tuple(made for a in self.body.then if (made := self._adjustment(a, kind)) is not None)
        decimals = quantity.decimals if isinstance(quantity.decimals, int) else None
        if decimals is not None and kind not in ("number", "null"):
            path = (*self.body.path, "decimals")
            self.names.faults.add(Fault("area", path, "decimals-not-number", {"type": shown(kind)}, of_key=True))
        scale = kind if isinstance(kind, tuple) else ()
        return QuantityNode(column, bound, value_type(kind), decimals, scale, then, quantity.missing == "leave-out")

    # each text by itself

    def _fault(self, fault: FeelError) -> None:
        self.names.faults.add(self.body.fault(fault.offset, fault.code, fault.args_))

    def _sound(self, expr: Expr, hint: Type | None) -> bool:
        """Whether every text of a body means something, each looked at by itself."""
        match expr:
            case e.Choose(conditions, values):
                tests = [
                    part for c in conditions for part in (c.of if isinstance(c, e.Logic) and c.op == "and" else (c,))
                ]
                met = [self._type(test, "flag", "flag") is not None for test in tests]
                return all(met) & self._alike(values, hint)
            case e.Aggregate(method, of, weights):
                levels = method in ("best/v1", "worst/v1")
                met = [self._type(weight, "number", "number") is not None for weight in weights]
                return all(met) & self._alike(of, None if levels else "number", levels=levels)
            case _:
                return self._type(expr, hint, hint if isinstance(hint, tuple) else None) is not None

    def _alike(self, parts: tuple[Expr, ...], kind: Type | None, *, levels: bool = False) -> bool:
        """Whether alternatives are all of one type; the first that has one says which."""
        sound = True
        for part in parts:
            if isinstance(part, (e.Choose, e.Aggregate)):
                sound &= self._sound(part, kind)
                continue
            found = self._type(part, kind, kind)
            if levels and found is not None and found != "null" and not isinstance(found, tuple):
                self._fault(FeelError(part.at, "feel-type", found=shown(found), wanted=("level",)))
                found = None
            sound &= found is not None
            kind = found if kind is None and found not in (None, "null") else kind
        return sound

    def _type(self, part: Expr, hint: Type | None, wanted: Type | None, scope: Scope | None = None) -> Type | None:
        """The type of a text, which must be as wanted (or null); None after a fault."""
        try:
            found = bind(part, scope or self.scope, hint)[1]
            if wanted is not None and found not in (wanted, "null"):
                raise FeelError(part.at, "feel-type", found=shown(found), wanted=(shown(wanted),))
        except FeelError as fault:
            self._fault(self._meant(part, hint, fault) if fault.code == "feel-name" else fault)
            return None
        return found

    def _meant(self, part: Expr, hint: Type | None, fault: FeelError) -> FeelError:
        """A name that is none, where what stands beside it says what was meant: a text, or a level of a scale."""
        for node in e.walk(part):
            if isinstance(node, e.Compare) and node.right.at == fault.offset and isinstance(node.right, e.Ref):
                try:
                    hint = bind(node.left, self.scope)[1]
                except FeelError:
                    return fault
                if hint == "text":
                    return FeelError(fault.offset, "text-unquoted", found=node.right.column)
            elif node is not part or not isinstance(node, e.Ref):
                continue
            if isinstance(hint, tuple):
                return FeelError(fault.offset, "feel-name", **{**fault.args_, "known": hint})
        return fault

    def _weights(self, bound: Expr) -> None:
        for node in e.walk(bound):
            for weight in node.weights if isinstance(node, e.Aggregate) else ():
                if isinstance(weight, e.Number) and weight.value <= 0:
                    self._fault(FeelError(weight.at, "weight-not-positive"))

    def _adjustment(self, adjustment: AdjustNode, kind: Type) -> AdjustNode | None:
        scope = replace(self.scope, types={**self.scope.types, "value": kind})
        when = self.own(adjustment.when) if adjustment.when is not None else None
        by, effect = self.own(adjustment.by), adjustment.effect
        sound = [self._here(part) for part in (when, by) if part is not None]
        if when is not None:
            sound.append(self._type(when, "flag", "flag", scope) is not None)
        if (kind in ("text", "flag") and effect != "set") or (isinstance(kind, tuple) and effect == "add"):
            self._fault(FeelError(by.at, "then-effect", effect=effect, type=shown(kind)))
            return None
        sound.append(self._type(by, kind, kind, scope) is not None)
        if not all(sound):
            return None
        return replace(adjustment, when=None if when is None else typed(when, scope, "flag"), by=typed(by, scope, kind))

    def _here(self, part: Expr) -> bool:
        """The running value is this row's, now: neither others nor earlier periods have one."""
        # a set over a grouping is still this row's
        others = [
            node
            for node in e.walk(part)
            if isinstance(node, (e.Earlier, e.Related))
            or (isinstance(node, e.Peers) and node.set not in self.scope.members)
        ]
        away = [ref for node in others for ref in e.refs(node) if ref.name == "value"]
        away += [ref for ref in e.refs(part) if ref.name in self.scope.relations and ref.field == "value"]
        for ref in away:
            self._fault(FeelError(ref.at, "feel-unreadable-value", found="value"))
        return not away

    # what must be complete

    def rows(self, lines: Lines) -> tables.Rows:
        """A table's rows with their names bound."""
        axes = tuple(tables.Axis(name, *bind(self.own(of), self.scope)) for name, of in lines.inputs)
        rows = tuple(tuple((at, typed(self.own(test), self.scope, "flag")) for at, test in row) for row in lines.rows)
        return tables.Rows(axes, rows, lines.hit, self.guards)

    def side(self, name: str, of: Expr, values: tuple[Expr, ...]) -> tuple[tables.Axis, tuple[Expr, ...]]:
        """One input of a grid with the values that are listed, all bound."""
        bound, kind = bind(self.own(of), self.scope)
        return tables.Axis(name, bound, kind), tuple(bind(self.own(v), self.scope, kind)[0] for v in values)


def _incomplete(body: Body, slices: list[_Slice], known: tables.Known) -> Iterator[Fault]:
    """What a table or a grid says nothing of, or says twice."""
    match body.complete:
        case Lines() as lines:
            for found in tables.findings([one.rows(lines) for one in slices], known):
                path = (*lines.path, found.rows[-1]) if found.rows else lines.path
                yield Fault("area", path, found.code, found.args, of_key=not found.rows)
        case Sides(sides):
            for name, of, values, path in sides:
                for one in slices:
                    axis, listed = one.side(name, of, values)
                    for place, found in tables.unlisted(axis, listed, known):
                        if place is None:
                            yield Fault("area", path, found.code, found.args, of_key=True)
                        else:
                            yield body.fault(values[place].at, found.code, found.args)
        case None:
            return
