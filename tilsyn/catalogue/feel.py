"""FEEL, the expression language of the DMN standard: the subset that declarations are written in.

It decides how a text is read, not what the names in it mean (`engine/plan.py` does) nor what
it evaluates to (the readings do). `between`, `in`, ranges and unary tests become comparisons
and logic at once, and so do `all`, `any`, `product`, `even` and `odd`, so that every reading has few
nodes to know. What is FEEL but not in the subset (dates, contexts, lists as values, loops …) is
refused by a name of its own.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false
# (what Lark hands over is partly untyped; ready tables are read as its own generated parsers read theirs)

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache, lru_cache, reduce
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

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
     | "not" "(" NAME ":" expr ")" -> not_named
?comparison: sum
     | sum OP sum -> compare
     | sum "between" sum "and" sum -> between
     | sum "in" bare_test -> in_
     | sum "in" "(" test ("," test)* ")" -> in_
?bare_test: OP sum -> op_test
     | interval
     | list_test
     | operand -> equals_test
?operand: "-" operand -> negative
     | plain
?test: OP sum -> op_test
     | interval
     | list_test
     | sum -> equals_test
!interval: ("[" | "]" | "(") sum ".." sum ("]" | "[" | ")")
list_test: "[" item ("," item)* "]"
?item: interval
     | list_test
     | sum -> equals_test
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
?atom: "(" expr ")"
     | plain
?plain: NUMBER -> number
     | STRING -> text
     | "true" -> true
     | "false" -> false
     | "null" -> null
     | ROUND "(" args ")" -> call
     | NAME "(" args ")" -> call
     | NAME "." NAME "(" args ")" -> set_call
     | NAME "." NAME -> field
     | NAME -> name
args: [arg ("," arg)*]
?arg: NAME ":" given -> named
     | given
?given: expr
     | "[" [expr ("," expr)*] "]" -> list_arg

OP: "!=" | "<=" | ">=" | "<" | ">" | "="
ROUND.2: /round\s+(half\s+)?(up|down)/
NUMBER: /(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?/
STRING: /"([^"\\]|\\.)*"/
NAME: /[^\W\d]\w*/
%ignore /\s+/
"""

OUTSIDE = (
    (r"\{", "feel-context"),
    (r'@\s*"|\b(?:date|time|duration)\s*\(', "feel-date"),
    (r"\b(?:for|some|every)\s+\w+\s+in\b", "feel-loop"),
    (r"\bfunction\s*\(", "feel-function-value"),
    (r"\binstance\s+of\b", "feel-instance-of"),
    (r"//|/\*", "feel-comment"),
)
"""What is FEEL, but never of the subset, and the code that names it."""

DATES = ("date", "time", "duration", "now", "today")

KNOWN = (*e.FUNCTIONS, *e.WRITTEN_OUT, "earlier", "change")
BEFORE_BRACKETS = {
    *KNOWN,
    "if",
    "then",
    "else",
    "and",
    "or",
    "not",
    "between",
    "in",
    "up",
    "down",
    "true",
    "false",
    "null",
}
"""Words that a bracket may follow, so that another one there is the name of a function."""


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


@lru_cache(maxsize=1_000)  # a text is read when it is checked, and again for each plan that it becomes part of
def _parse(text: str, start: str) -> Expr:
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

    if len(text) > LONGEST:
        raise FeelError(LONGEST, "feel-too-long", longest=LONGEST)
    try:
        found: Any = _builder().transform(_lark().parse(text, start=start))
    except UnexpectedCharacters as fault:
        at = fault.pos_in_stream or 0
        code = "feel-member" if text[at] == "@" else "feel-character"
        raise _outside(text, at) or FeelError(at, code, found=text[at]) from None
    except UnexpectedEOF:
        raise FeelError(len(text), "feel-unfinished") from None
    except UnexpectedToken as fault:
        if fault.token.type == "$END":
            raise _outside(text, len(text)) or FeelError(len(text), "feel-unfinished") from None
        offset = fault.token.start_pos or 0
        raise (
            _outside(text, offset) or _too_far(text, offset) or FeelError(offset, "feel-syntax", found=str(fault.token))
        ) from None
    except VisitError as fault:
        if isinstance(fault.orig_exc, FeelError):
            raise fault.orig_exc from None
        raise
    if e.depth(found) > DEEPEST:
        raise FeelError(0, "feel-too-deep", deepest=DEEPEST)
    return found


def _outside(text: str, offset: int) -> FeelError | None:
    """What stands before or at the place where reading stopped, if it is FEEL that is not in the subset."""
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: '"' + "." * (len(found[0]) - 2) + '"', text)
    met = [(found.start(), code) for pattern, code in OUTSIDE if (found := re.search(pattern, plain))]
    if met and min(met)[0] <= offset:
        start, code = min(met)
        return FeelError(start, code)
    stopped, begun = plain[offset : offset + 2], plain[:offset].rstrip().endswith("(")
    if stopped[:1] == "[" or stopped == ".." or (begun and stopped[:1] in ("<", ">", "=")):
        return FeelError(offset, "feel-list")
    before = re.search(r"[^\W\d]\w*\s+$", plain[:offset])
    phrase = re.match(r"[^\W\d]\w*(?:\s+[^\W\d]\w*)*\s*(?=\()", plain[before.start() :]) if before else None
    if before and phrase:
        # functions of FEEL may have names of several words
        return _unknown(" ".join(phrase[0].split()), before.start())
    for found in re.finditer(r"(?<![.\w])([^\W\d]\w*)\s*\(", plain[:offset]):
        if found[1] not in BEFORE_BRACKETS:
            return _unknown(found[1], found.start())
    return None


def _too_far(text: str, offset: int) -> FeelError | None:
    """A value of a record read through a relation: a name may have one full stop."""
    before, after = re.search(r"[^\W\d]\w*\.[^\W\d]\w*\s*$", text[:offset]), re.match(r"\.\s*[^\W\d]\w*", text[offset:])
    if before is None or after is None:
        return None
    found = before[0].rstrip() + after[0]
    return FeelError(
        before.start(), "feel-too-far", found=found, to=found.partition(".")[0], rest=found.partition(".")[2]
    )


def _unknown(function: str, at: int) -> FeelError:
    if function.rsplit(maxsplit=1)[-1] in DATES:
        return FeelError(at, "feel-date")
    return FeelError(at, "feel-function", found=function, known=KNOWN)


OPTIONS: dict[str, Any] = {
    "parser": "lalr", "start": ["start", "tests"], "propagate_positions": True, "maybe_placeholders": False
}  # fmt: skip


@cache
def _lark() -> Lark:
    from lark import Lark

    from tilsyn.catalogue import feel_tables

    if made_from() != feel_tables.MADE_FROM:
        return built()
    return Lark._load_from_dict(feel_tables.DATA, feel_tables.MEMO)


def built() -> Lark:
    """The parser, its tables made from the grammar. That takes longer than the rest of explaining an institution, which
    is why `feel_tables` holds them ready."""
    from lark import Lark

    return Lark(GRAMMAR, **OPTIONS)


def made_from() -> str:
    """What the parser's tables follow from, as a fingerprint."""
    from lark import __version__

    return sha256(repr((__version__, GRAMMAR, OPTIONS)).encode()).hexdigest()


@cache
def _builder() -> Any:
    """The transformer from parse tree to nodes; made late, because Lark is imported late."""
    from lark import Token, v_args
    from lark.visitors import Transformer_NonRecursive

    def number(text: str) -> Fraction:
        mantissa, _, exponent = text.lower().partition("e")
        if exponent and abs(int(exponent)) > 15:
            raise FeelError(0, "feel-number-size", found=text[:40])
        found = Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
        if found > e.LARGEST:
            raise FeelError(0, "feel-number-size", found=text[:40])
        return found

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
            return e.filled(ends(">=", "<=", items[1], items[2], meta.start_pos), items[0])

        def in_(self, meta: Any, items: list[Any]) -> Expr:
            tests = tuple(e.filled(test, items[0]) for test in items[1:])
            return tests[0] if len(tests) == 1 else e.Logic("or", tests, at=meta.start_pos)

        def op_test(self, meta: Any, items: list[Any]) -> Expr:
            return e.Compare(str(items[0]), e.Input(), items[1], at=meta.start_pos)  # type: ignore[arg-type]

        def equals_test(self, meta: Any, items: list[Any]) -> Expr:
            return e.Compare("=", e.Input(), items[0], at=items[0].at)

        def interval(self, meta: Any, items: list[Any]) -> Expr:
            opens, low, _, high, closes = items
            return ends(">=" if opens == "[" else ">", "<=" if closes == "]" else "<", low, high, meta.start_pos)

        def list_test(self, meta: Any, items: list[Any]) -> Expr:
            return items[0] if len(items) == 1 else e.Logic("or", tuple(items), at=meta.start_pos)

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
            return e.Text(_unescaped(str(items[0])[1:-1], meta.start_pos), at=meta.start_pos)

        def true(self, meta: Any, items: list[Any]) -> Expr:
            return e.Flag(True, at=meta.start_pos)

        def false(self, meta: Any, items: list[Any]) -> Expr:
            return e.Flag(False, at=meta.start_pos)

        def null(self, meta: Any, items: list[Any]) -> Expr:
            return e.Absent("undefined", at=meta.start_pos)

        def not_(self, meta: Any, items: list[Any]) -> Expr:
            return e.Not(items[0], at=meta.start_pos)

        def not_named(self, meta: Any, items: list[Any]) -> Expr:
            (of,) = _in_order("not", [(str(items[0]), items[1])], meta.start_pos)
            return e.Not(of, at=meta.start_pos)

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


def _unescaped(text: str, at: int) -> str:
    """A text without the backslashes before quotes and backslashes; other escapes are not in the subset."""
    if unknown := re.search(r'\\[^"\\]', text.replace("\\\\", "")):
        raise FeelError(at, "feel-escape", found=unknown[0])
    return re.sub(r"\\(.)", r"\1", text)


def _call(function: str, args: list[Any], at: int) -> Expr:
    limits = e.FUNCTIONS.get(function) or e.WRITTEN_OUT.get(function)
    if limits is None and function not in ("earlier", "change"):
        raise _unknown(function, at)
    args = _in_order(function, args, at)
    if e.PARAMETERS.get(function) == ("list",) and len(args) == 1 and isinstance(args[0], list):
        args = args[0]
        if not args:
            return _of_nothing(function, at)
    for arg in args:
        if isinstance(arg, list):
            raise FeelError(at, "feel-list")
    if limits is None:
        return _earlier(function, args, at)
    fewest, most = limits
    if len(args) < fewest or (most is not None and len(args) > most):
        raise FeelError(at, "feel-arguments", function=function, found=len(args))
    if function in e.WRITTEN_OUT:
        return _written_out(function, args, at)
    if function in e.ROUNDINGS:
        return e.Call(function, (args[0], _scale(function, args[1:], at)), at=at)
    return e.Call(function, tuple(args), at=at)


def _in_order(function: str, args: list[Any], at: int) -> list[Any]:
    """The arguments by place, whether or not they are named; a call names all of them or none."""
    named = [arg for arg in args if isinstance(arg, tuple)]
    known = e.PARAMETERS.get(function, ())
    for name, _ in named:
        if name not in known:
            raise FeelError(at, "feel-named-argument", function=function, found=name)
    if not named:
        return args
    given = dict(named)
    if len(given) < len(args) or set(given) != set(known[: len(given)]):
        raise FeelError(at, "feel-arguments", function=function, found=len(args))
    return [given[name] for name in known if name in given]


def _scale(function: str, given: list[Expr], at: int) -> Expr:
    """How many decimals are kept. As FEEL does, half a decimal counts for none."""
    if not given:
        return e.Number(Fraction(0), at=at)
    scale = given[0]
    if not isinstance(scale, e.Number) or abs(scale.value) > 6:
        raise FeelError(scale.at, "feel-decimals", function=function)
    return replace(scale, value=Fraction(int(scale.value)))


def _of_nothing(function: str, at: int) -> Expr:
    """What FEEL makes of an empty list."""
    match function:
        case "all" | "any":
            return e.Flag(function == "all", at=at)
        case "count":
            return e.Number(Fraction(0), at=at)
        case _:
            return e.Absent("undefined", at=at)


def _written_out(function: str, args: list[Expr], at: int) -> Expr:
    """A function that is only another way to write what there is already."""
    match function:
        case "all" | "any":
            for arg in args:
                if isinstance(arg, (e.Number, e.Text)):
                    # between `and` or `or` it would count as unknown, but a list has flags only
                    kind = "number" if isinstance(arg, e.Number) else "text"
                    raise FeelError(arg.at, "feel-type", found=kind, wanted=("flag",))
            return e.Logic("and" if function == "all" else "or", tuple(args), at=at)
        case "product":
            return reduce(lambda a, b: e.Arith("*", a, b, at=at), args)
        case _:
            rest = e.Call("modulo", (args[0], e.Number(Fraction(2), at=at)), at=at)
            return e.Compare("=", rest, e.Number(Fraction(function == "odd"), at=at), at=at)


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
    if function not in e.PEER_FUNCTIONS:
        raise FeelError(
            at, "feel-function", found=f"{name}.{function}", known=tuple(f"peers.{f}" for f in e.PEER_FUNCTIONS)
        )
    named: dict[str, Any] = dict(arg for arg in args if isinstance(arg, tuple))
    plain = [arg for arg in args if not isinstance(arg, tuple)]
    if unknown := set(named) - {"where", "within", "from"}:
        raise FeelError(at, "feel-named-argument", function=f"peers.{function}", found=min(unknown))
    if any(isinstance(arg, list) for arg in (*plain, *named.values())):
        raise FeelError(at, "feel-list")
    if len(named) + len(plain) < len(args):
        raise FeelError(at, "feel-arguments", function=f"peers.{function}", found=len(args))
    if function == "at_least":
        if len(plain) != 2:
            raise FeelError(at, "feel-arguments", function="peers.at_least", found=len(plain))
        if not _whole(plain[0], e.MOST_COUNTED):
            raise FeelError(plain[0].at, "feel-at-least", most=e.MOST_COUNTED)
        counted = e.Peers("count_true", plain[1], named.get("where"), _attribute(named, at), set=name, at=at)
        return e.Compare(">=", counted, plain[0], at=at)
    if len(plain) != 1:
        raise FeelError(at, "feel-arguments", function=f"peers.{function}", found=len(plain))
    return e.Peers(
        function, plain[0], named.get("where"), _attribute(named, at), _rank_from(named, at), name, at=at
    )  # fmt: skip


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
