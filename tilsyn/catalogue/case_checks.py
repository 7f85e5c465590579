"""What is wrong with an author's cases: names of columns, steps, goals and results that there are none of.

A case of a period is held to the names of that period. Whether it comes out as it should is no question of
declarations: `tilsyn test` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilsyn.catalogue.areas import Case
from tilsyn.catalogue.dated import Path, is_list, is_map
from tilsyn.catalogue.grammar import listed, suggestion
from tilsyn.catalogue.indicators import FIELDS
from tilsyn.catalogue.lookup import Found, not_a_period, unknown, unknown_each, unknown_keys
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.catalogue.policy import Policy
from tilsyn.catalogue.quantities import Quantity
from tilsyn.catalogue.reasons import MISSING, MOVEMENT

OF_A_LADDER = ("step", "rule", "range", "levels", "because", "not_assessed")
"""What only an area with a ladder can expect of a case."""


def check_case(policy: Policy, index: int, case: Case) -> Found:
    """Every name in a case, where this is the policy that its period is judged by."""
    here: Path = ("cases", index)
    period = parse_period(policy.area.period, case.period) if case.period else None
    yield from not_a_period(policy, (*here, "period"), case.period)
    if period and not _judges(policy, period):
        return
    yield from _expected(policy, here, case)
    if policy.is_regime:
        yield from _without_ladder(policy, here, case)
    else:
        yield from _placed(policy, here, case)
    yield from _results(policy, here, case)
    yield from check_columns(policy, (*here, "given"), case.given)
    for label, figures in case.earlier.items():
        yield from not_a_period(policy, (*here, "earlier", label), label, key=True)
        yield from check_columns(policy, (*here, "earlier", label), figures)


def _judges(policy: Policy, period: Period) -> bool:
    """Whether this is the policy that a period is judged by."""
    return policy.day <= period.first_day and (policy.next_day is None or period.first_day < policy.next_day)


def _expected(policy: Policy, here: Path, case: Case) -> Found:
    """A case that expects nothing of its institution would never fail."""
    expect = case.expect
    if expect.results or (expect.missing if policy.is_regime else expect.step is not None or expect.not_assessed):
        return
    if policy.is_regime and any(key in expect.model_fields_set for key in OF_A_LADDER):
        return
    code = "case-expects-no-result" if policy.is_regime else "case-expects-nothing"
    yield policy.key_problem("area", (*here, "expect"), code)


def _without_ladder(policy: Policy, here: Path, case: Case) -> Found:
    """A regime has no steps to be on, to come from or to be given."""
    named: list[Path] = [(*here, "expect", key) for key in OF_A_LADDER if key in case.expect.model_fields_set]
    named += [(*here, "previous")] if case.previous else []
    for path in named:
        yield policy.key_problem("area", path, "case-without-ladder", {"name": path[-1]})


def _placed(policy: Policy, here: Path, case: Case) -> Found:
    area, expect = policy.area_part, case.expect
    path: Path = (*here, "expect")
    steps, levels, goals = policy.ladder_names("steps"), policy.ladder_names("levels"), area.names("goals")
    named: list[tuple[Path, str | None]] = [((*path, "step"), expect.step)]
    named += [((*path, "range", i), step) for i, step in enumerate(expect.range or ())]
    named += [((*here, "previous", "step"), case.previous.step)] if case.previous else []
    for at, step in named:
        yield from unknown(area, at, step, steps, "unknown-step")
    rules = [rule.id for rule in policy.ladder.placement.rules]
    yield from unknown(area, (*path, "rule"), expect.rule, rules, "unknown-rule")
    yield from unknown_each(area, (*path, "because"), expect.because, MOVEMENT, "unknown-movement-reason")
    yield from unknown_keys(area, (*path, "levels"), expect.levels, goals, "unknown-goal")
    for goal, level in expect.levels.items():
        yield from unknown(area, (*path, "levels", goal), level, levels, "unknown-level")


def _results(policy: Policy, here: Path, case: Case) -> Found:
    """The quantities that a case names, and the levels that it expects of them."""
    area, expect = policy.area_part, case.expect
    path: Path = (*here, "expect")
    broken = set(area.names("quantities")) - set(area.model.quantities)
    columns = {column: q for name, q in area.model.quantities.items() for column in columns_of(policy, name, q)}

    def sound(names: Mapping[str, Any]) -> list[str]:
        return [name for name in names if name.partition(".")[0].partition("@")[0] not in broken]

    yield from unknown_keys(area, (*path, "results"), sound(expect.results), columns, "unknown-quantity")
    known = [*area.names("goals"), *columns]
    code = "unknown-quantity" if policy.is_regime else "unknown-goal"
    yield from unknown_keys(area, (*path, "missing"), sound(expect.missing), known, code)
    for name, reason in expect.missing.items():
        yield from unknown(area, (*path, "missing", name), reason, MISSING, "unknown-reason")
    for name, value in expect.results.items():
        here = (*path, "results", name)
        if value is None or is_map(value) or is_list(value):
            yield area.problem(here, "result-not-one-value", {"name": name})
        elif name in columns and (scale := columns[name].scale or list(columns[name].levels or ())):
            yield from unknown(area, here, str(value), scale, "unknown-level")


def columns_of(policy: Policy, name: str, quantity: Quantity) -> list[str]:
    """The names that a quantity's values go by: one, or one for each member of its groupings and key of a record."""
    groups = {group: policy.area.groups[group] for group in quantity.by if group in policy.area.groups}
    whole = not quantity.by or any(group.whole for group in groups.values())
    names = [name] if whole else []
    names += [f"{name}@{member}" for group in groups.values() for member in group.members]
    rows = quantity.table.rules if quantity.table else []
    keys = list(dict.fromkeys(key for row in rows if isinstance(row.gives, dict) for key in row.gives))
    return [f"{column}.{key}" for column in names for key in keys] if keys else names


def check_columns(policy: Policy, here: Path, figures: Mapping[str, Any]) -> Found:
    """The columns of a block of figures, as they would stand in a data file."""
    area = policy.area_part
    if not figures:
        return
    known = {*area.names("attributes"), *_figure_columns(policy)}
    broken = set(area.names("indicators")) - set(area.model.indicators)
    for column, value in figures.items():
        if column not in known and column.partition(".")[0].partition("@")[0] not in broken:
            args = suggestion(column, sorted(known)) | {"known": listed(area.names("indicators"))}
            yield area.key_problem((*here, column), "unknown-column", {"name": column, **args})
        elif is_map(value) or is_list(value):
            yield area.problem((*here, column), "not-one-value", {"name": column})
        elif column.endswith(".missing"):
            yield from unknown(area, (*here, column), str(value), MISSING, "unknown-reason")


def _figure_columns(policy: Policy) -> Iterator[str]:
    for name, indicator in policy.area.indicators.items():
        members = [m for group in indicator.by for m in policy.area_part.names("groups", group, "members")]
        fields = (*FIELDS[indicator.kind], "missing", *(("measured",) if indicator.stale_after is not None else ()))
        for figure in (name, *(f"{name}@{member}" for member in members)):
            yield figure
            yield from (f"{figure}.{field}" for field in fields)
