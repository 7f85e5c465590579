"""FEEL, the expression language of the DMN standard: the subset that declarations are written in.

It decides how a text is read, not what the names in it mean (`engine/plan.py` does) nor what
it evaluates to (the readings do). `between`, `in`, ranges and unary tests become comparisons
and logic at once, so that every reading has few nodes to know.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# (what Lark hands over is partly untyped)

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr

if TYPE_CHECKING:
    from lark import Lark

LONGEST = 1_000
"""Characters in one expression; longer ones belong in named quantities."""

DEEPEST = 60

GRAMMAR = r"""
start: expr
tests: "-" -> anything
     | test_list
     | "not" "(" test_list ")" -> not_tests
?test_list: test ("," test)*

?expr: "if" expr "then" expr "else" expr -> if_
     | or_
?or_: and_ ("or" and_)*
?and_: condition ("and" condition)*
?condition: comparison
     | "not" "(" expr ")" -> not_
?comparison: sum
     | sum OP sum -> compare
     | sum "between" sum "and" sum -> between
     | sum "in" bare_test -> in_
     | sum "in" "(" test ("," test)* ")" -> in_
?bare_test: OP sum -> op_test
     | interval
     | list_test
     | operand -> equals_test
?operand: NUMBER -> number
     | "-" operand -> negative
     | STRING -> text
     | NAME -> name
     | NAME "." NAME -> field
?test: OP sum -> op_test
     | interval
     | list_test
     | sum -> equals_test
!interval: ("[" | "]" | "(") sum ".." sum ("]" | "[" | ")")
list_test: "[" sum ("," sum)* "]"
?sum: product
     | sum "+" product -> add
     | sum "-" product -> subtract
?product: power
     | product "*" power -> multiply
     | product "/" power -> divide
?power: unary
     | power "**" unary -> to_power
?unary: "-" unary -> negative
     | atom
?atom: NUMBER -> number
     | STRING -> text
     | "true" -> true
     | "false" -> false
     | "null" -> null
     | "(" expr ")"
     | ROUND "(" args ")" -> call
     | NAME "(" args ")" -> call
     | NAME "." NAME "(" args ")" -> set_call
     | NAME "." NAME -> field
     | NAME -> name
args: arg ("," arg)*
?arg: NAME ":" expr -> named
     | expr
     | "[" expr ("," expr)* "]" -> list_arg

OP: "!=" | "<=" | ">=" | "<" | ">" | "="
ROUND.2: /round\s+(half\s+)?(up|down)/
NUMBER: /(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?/
STRING: /"([^"\\]|\\.)*"/
NAME: /[^\W\d]\w*/
%ignore /\s+/
"""


class FeelError(Exception):
    """A text that is not in the subset. `offset` counts characters from the text's beginning."""

    def __init__(self, offset: int, code: str, **args: object) -> None:
        super().__init__(f"{code} at {offset}: {args}")
        self.offset, self.code, self.args_ = offset, code, args


def parse(text: str) -> Expr:
    """The expression that a text says. Raises FeelError.

    >>> parse("100 * x.count / x.n").op
    '/'
    """
    return _parse(text, "start")


def parse_test(text: str) -> Expr:
    """The condition that a unary test says of `Input()`; "-" is always true.

    >>> parse_test(">= 80").op
    '>='
    """
    return _parse(text, "tests")


def _parse(text: str, start: str) -> Expr:
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

    if len(text) > LONGEST:
        raise FeelError(LONGEST, "feel-too-long", longest=LONGEST)
    try:
        found: Any = _builder().transform(_lark().parse(text, start=start))
    except UnexpectedCharacters as fault:
        raise FeelError(fault.pos_in_stream or 0, "feel-character", found=text[fault.pos_in_stream or 0]) from None
    except UnexpectedEOF:
        raise FeelError(len(text), "feel-unfinished") from None
    except UnexpectedToken as fault:
        if fault.token.type == "$END":
            raise FeelError(len(text), "feel-unfinished") from None
        raise FeelError(fault.token.start_pos or 0, "feel-syntax", found=str(fault.token)) from None
    except VisitError as fault:
        if isinstance(fault.orig_exc, FeelError):
            raise fault.orig_exc from None
        raise
    if e.depth(found) > DEEPEST:
        raise FeelError(0, "feel-too-deep", deepest=DEEPEST)
    return found


@cache
def _lark() -> Lark:
    from lark import Lark

    return Lark(
        GRAMMAR, parser="lalr", start=["start", "tests"], propagate_positions=True, maybe_placeholders=False
    )  # fmt: skip


@cache
def _builder() -> Any:
    """The transformer from parse tree to nodes; made late, because Lark is imported late."""
    from lark import Token, v_args
    from lark.visitors import Transformer_NonRecursive

    def number(text: str) -> Fraction:
        mantissa, _, exponent = text.lower().partition("e")
        if exponent and abs(int(exponent)) > 15:
            raise FeelError(0, "feel-number-size", found=text)
        return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)

    def arith(op: e.ArithOp) -> Any:
        def build(self: Any, meta: Any, items: list[Any]) -> Expr:
            return e.Arith(op, items[0], items[1], at=meta.start_pos)

        return v_args(meta=True)(build)

    def ends(low_op: e.CompareOp, high_op: e.CompareOp, low: Expr, high: Expr, at: int) -> Expr:
        it = e.Input(at=at)
        return e.Logic("and", (e.Compare(low_op, it, low, at=at), e.Compare(high_op, it, high, at=at)), at=at)

    @v_args(meta=True)
    class Builder(Transformer_NonRecursive[Token, Any]):
        def start(self, meta: Any, items: list[Any]) -> Expr:
            return items[0]

        def tests(self, meta: Any, items: list[Any]) -> Expr:
            return items[0]

        def anything(self, meta: Any, items: list[Any]) -> Expr:
            return e.Flag(True)

        def not_tests(self, meta: Any, items: list[Any]) -> Expr:
            return e.Not(items[0], at=meta.start_pos)

        def test_list(self, meta: Any, items: list[Any]) -> Expr:
            return e.Logic("or", tuple(items), at=meta.start_pos)

        def if_(self, meta: Any, items: list[Any]) -> Expr:
            return e.If(items[0], items[1], items[2], at=meta.start_pos)

        def or_(self, meta: Any, items: list[Any]) -> Expr:
            return e.Logic("or", tuple(items), at=meta.start_pos)

        def and_(self, meta: Any, items: list[Any]) -> Expr:
            return e.Logic("and", tuple(items), at=meta.start_pos)

        def compare(self, meta: Any, items: list[Any]) -> Expr:
            return e.Compare(str(items[1]), items[0], items[2], at=meta.start_pos)  # type: ignore[arg-type]

        def between(self, meta: Any, items: list[Any]) -> Expr:
            return _fill(ends(">=", "<=", items[1], items[2], meta.start_pos), items[0])

        def in_(self, meta: Any, items: list[Any]) -> Expr:
            tests = tuple(_fill(test, items[0]) for test in items[1:])
            return tests[0] if len(tests) == 1 else e.Logic("or", tests, at=meta.start_pos)

        def op_test(self, meta: Any, items: list[Any]) -> Expr:
            return e.Compare(str(items[0]), e.Input(), items[1], at=meta.start_pos)  # type: ignore[arg-type]

        def equals_test(self, meta: Any, items: list[Any]) -> Expr:
            return e.Compare("=", e.Input(), items[0], at=items[0].at)

        def interval(self, meta: Any, items: list[Any]) -> Expr:
            opens, low, _, high, closes = items
            return ends(">=" if opens == "[" else ">", "<=" if closes == "]" else "<", low, high, meta.start_pos)

        def list_test(self, meta: Any, items: list[Any]) -> Expr:
            of = tuple(e.Compare("=", e.Input(), it, at=it.at) for it in items)
            return of[0] if len(of) == 1 else e.Logic("or", of, at=meta.start_pos)

        add, subtract, multiply = arith("+"), arith("-"), arith("*")
        divide, to_power = arith("/"), arith("**")

        def negative(self, meta: Any, items: list[Any]) -> Expr:
            if isinstance(items[0], e.Number):
                return e.Number(-items[0].value, at=meta.start_pos)
            return e.Negative(items[0], at=meta.start_pos)

        def number(self, meta: Any, items: list[Any]) -> Expr:
            try:
                return e.Number(number(str(items[0])), at=meta.start_pos)
            except FeelError as fault:
                raise FeelError(meta.start_pos, fault.code, **fault.args_) from None

        def text(self, meta: Any, items: list[Any]) -> Expr:
            return e.Text(str(items[0])[1:-1].replace('\\"', '"').replace("\\\\", "\\"), at=meta.start_pos)

        def true(self, meta: Any, items: list[Any]) -> Expr:
            return e.Flag(True, at=meta.start_pos)

        def false(self, meta: Any, items: list[Any]) -> Expr:
            return e.Flag(False, at=meta.start_pos)

        def null(self, meta: Any, items: list[Any]) -> Expr:
            raise FeelError(meta.start_pos, "feel-null")

        def not_(self, meta: Any, items: list[Any]) -> Expr:
            return e.Not(items[0], at=meta.start_pos)

        def name(self, meta: Any, items: list[Any]) -> Expr:
            return e.Ref(str(items[0]), at=meta.start_pos)

        def field(self, meta: Any, items: list[Any]) -> Expr:
            return e.Ref(str(items[0]), str(items[1]), at=meta.start_pos)

        def args(self, meta: Any, items: list[Any]) -> list[Any]:
            return items

        def named(self, meta: Any, items: list[Any]) -> tuple[str, Expr]:
            return str(items[0]), items[1]

        def list_arg(self, meta: Any, items: list[Any]) -> list[Any]:
            return items

        def call(self, meta: Any, items: list[Any]) -> Expr:
            return _call(" ".join(str(items[0]).split()), items[1], meta.start_pos)

        def set_call(self, meta: Any, items: list[Any]) -> Expr:
            return _peers(str(items[0]), str(items[1]), items[2], meta.start_pos)

    return Builder()


def _fill(test: Expr, value: Expr) -> Expr:
    """The condition that a test says of a value."""
    match test:
        case e.Input():
            return value
        case e.Compare(op, left, right):
            return e.Compare(op, _fill(left, value), _fill(right, value), at=test.at)
        case e.Logic(op, of):
            return e.Logic(op, tuple(_fill(part, value) for part in of), at=test.at)
        case e.Not(of):
            return e.Not(_fill(of, value), at=test.at)
        case _:
            return test


def _call(function: str, args: list[Any], at: int) -> Expr:
    for arg in args:
        if isinstance(arg, tuple):
            raise FeelError(at, "feel-named-argument", function=function, found=arg[0])
    if len(args) == 1 and isinstance(args[0], list):
        args = args[0]
    if any(isinstance(arg, list) for arg in args):
        raise FeelError(at, "feel-list", function=function)
    if function in ("earlier", "change"):
        return _earlier(function, args, at)
    if function not in e.FUNCTIONS:
        raise FeelError(at, "feel-function", found=function, known=(*e.FUNCTIONS, "earlier", "change"))
    fewest, most = e.FUNCTIONS[function]
    if len(args) < fewest or (most is not None and len(args) > most):
        raise FeelError(at, "feel-arguments", function=function, found=len(args))
    if function in e.ROUNDINGS and not _whole(args[1], 6):
        raise FeelError(args[1].at, "feel-decimals", function=function)
    return e.Call(function, tuple(args), at=at)


def _earlier(function: str, args: list[Any], at: int) -> Expr:
    wanted = 2 if function == "earlier" else 1
    if len(args) != wanted:
        raise FeelError(at, "feel-arguments", function=function, found=len(args))
    of = args[0]
    if not isinstance(of, e.Ref):
        raise FeelError(of.at, "feel-earlier-name", function=function)
    if function == "change":
        return e.Arith("-", of, e.Earlier(of, 1, at=at), at=at)
    if not _whole(args[1], 20) or args[1].value < 1:
        raise FeelError(args[1].at, "feel-earlier-periods")
    return e.Earlier(of, int(args[1].value), at=at)


def _whole(node: Expr, limit: int) -> bool:
    return isinstance(node, e.Number) and node.value.denominator == 1 and abs(node.value) <= limit


def _peers(name: str, function: str, args: list[Any], at: int) -> Expr:
    if name != "peers":
        raise FeelError(at, "feel-set", found=name)
    if function not in e.PEER_FUNCTIONS:
        raise FeelError(
            at, "feel-function", found=f"{name}.{function}", known=tuple(f"peers.{f}" for f in e.PEER_FUNCTIONS)
        )
    named = dict(arg for arg in args if isinstance(arg, tuple))
    plain = [arg for arg in args if not isinstance(arg, tuple)]
    if unknown := set(named) - {"where", "within", "from"}:
        raise FeelError(at, "feel-named-argument", function=f"peers.{function}", found=min(unknown))
    if function == "at_least":
        if len(plain) != 2 or not _whole(plain[0], 10_000):
            raise FeelError(at, "feel-arguments", function="peers.at_least", found=len(plain))
        counted = e.Peers("count_true", plain[1], named.get("where"), _attribute(named, at), at=at)
        return e.Compare(">=", counted, plain[0], at=at)
    if len(plain) != 1 or isinstance(plain[0], list):
        raise FeelError(at, "feel-arguments", function=f"peers.{function}", found=len(plain))
    return e.Peers(function, plain[0], named.get("where"), _attribute(named, at), _rank_from(named, at), at=at)


def _attribute(named: dict[str, Expr], at: int) -> str | None:
    within = named.get("within")
    if within is None:
        return None
    if not isinstance(within, e.Ref) or within.field:
        raise FeelError(at, "feel-within")
    return within.name


def _rank_from(named: dict[str, Expr], at: int) -> Any:
    start = named.get("from", e.Ref("highest"))
    if not isinstance(start, e.Ref) or start.name not in ("highest", "lowest"):
        raise FeelError(at, "feel-rank-from")
    return start.name
