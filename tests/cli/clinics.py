"""A made-up regime of clinics: grades and stars with adjustments, groups, a relation, peers and an earlier year.

`FILE` holds eight clinics that differ in one thing each; what they come to is worked out by hand in `GRADES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.cli.schools import write_csv

PERIOD = "2024"

REGIME = """\
tilsyn: 1
from: 2024-01-01
area: klinikker
title: {da: Klinikker, en: Clinics}
about: {da: Prøver en indberetning. Ikke med er klager., en: Tries a submission. Not encoded are complaints.}
example: true
authority: {da: Eksempel, en: Example}
unit: {one: {da: klinik, en: clinic}, many: {da: klinikker, en: clinics}}
period: calendar-year
regime: true
result: [karakter, stjerner, samlet, godkendt, spor, rang, løft]
attributes: {region: text, hører_til: text}
groups:
  fag:
    title: {da: Fag, en: Subjects}
    members: {kirurgi: {da: Kirurgi, en: Surgery}, medicin: {da: Medicin, en: Medicine}}
relations: {hospital: {title: {da: hospitalet, en: the hospital}, id: hører_til}}
indicators:
  overlevelse:
    title: {da: Overlevelse, en: Survival}
    role: outcome
    kind: proportion
    measured_in: andel
    by: [fag]
    source: {register: Patientregistret, already_collected: true}
  tilfredshed:
    title: {da: Tilfredshed, en: Satisfaction}
    role: outcome
    kind: value
    measured_in: point
    range: [0, 100]
  hændelser:
    title: {da: Hændelser, en: Events}
    role: outcome
    kind: value
    measured_in: antal
  påbud:
    title: {da: Påbud, en: Order}
    role: context
    kind: flag
quantities:
  andel:
    title: {da: Andel der overlever, en: Share that survive}
    missing_when: {too-few: overlevelse.n < 10}
    value: 100 * overlevelse
    by: [fag]
    decimals: 1
    measured_in: "%"
    reference: {law: Vejledning 7, section: § 1, checked: no}
  samlet:
    title: {da: Samlet vurdering, en: Overall score}
    method: weighted-mean/v1
    of: {tilfredshed: 40, fag.mean(andel): 60}
    missing: leave-out
    coverage: 50 %
    decimals: 0
    reference: {law: Vejledning 7, section: § 3, checked: no}
    then:
      - id: R1
        when: hændelser > 3
        at_most: 59
        because: {da: Der er flere end tre alvorlige hændelser., en: There are more than three grave events.}
        reference: {law: Vejledning 7, section: § 4, checked: no}
      - id: R2
        when: hospital.tilfredshed >= 80
        add: 5
        because: {da: Hospitalet ligger højt, en: The hospital does well}
  karakter:
    title: {da: Karakter, en: Grade}
    of: samlet
    levels: {god: {at_least: 70}, ret_god: {at_least: 50}, svag: otherwise}
    reference: {law: Vejledning 7, section: § 2, checked: no}
  stjerner:
    title: {da: Stjerner, en: Stars}
    decimals: 0
    table:
      hit: first
      rules:
        - id: T1
          påbud: true
          missing: withdrawn
          because: {da: Klinikken har et påbud, en: The clinic is under an order}
        - {id: T2, karakter: god, gives: 5}
        - {id: T3, karakter: ret_god, gives: 3}
        - {id: T4, gives: 1}
  godkendt:
    title: {da: Godkendt, en: Approved}
    value: not(påbud) and samlet >= 50
    reference: {law: Vejledning 7, section: § 5, checked: no}
  spor:
    title: {da: Spor, en: Track}
    table:
      hit: first
      rules:
        - {region: '"vest"', gives: '"vestligt"'}
        - {gives: '"østligt"'}
  rang:
    title: {da: Plads, en: Place}
    value: 'peers.rank(samlet, from: highest)'
    decimals: 0
  løft:
    title: {da: Løft, en: Rise}
    value: samlet - earlier(samlet, 1)
    decimals: 0
typical:
  overlevelse@kirurgi.count: 80
  overlevelse@kirurgi.n: 100
  overlevelse@medicin.count: 60
  overlevelse@medicin.n: 100
  tilfredshed: 70
  hændelser: 0
  påbud: false
  region: vest
cases:
  - name: {da: Som de fleste, en: As most}
    given: {}
    expect: {results: {samlet: 70, karakter: god, stjerner: 5, godkendt: true, spor: vestligt, andel@kirurgi: 80}}
  - name: {da: Uden tal for medicin, en: Without a figure for medicine}
    given: {overlevelse@medicin: null, tilfredshed: null}
    expect: {results: {samlet: 80}, missing: {andel@medicin: not-submitted}}
"""

CASES = REGIME.index("cases:\n")


def _clinic(
    unit: str, region: str, of: str, surgery: str, medicine: str, satisfied: str, events: str
) -> dict[str, str]:
    counts = {
        f"overlevelse@{group}.{part}": value
        for group, said in (("kirurgi", surgery), ("medicin", medicine))
        for part, value in zip(("count", "n"), said.split("/") if said else ("", ""), strict=True)
    }
    return {
        "institution": unit, "name": f"Klinik {unit}", "period": PERIOD, "region": region, "hører_til": of, **counts,
        "tilfredshed": satisfied, "hændelser": events, "påbud": "nej",
    }  # fmt: skip


A = _clinic("A", "vest", "", "80/100", "60/100", "70", "0")
"""70 · 40 % + (80 + 60) / 2 · 60 % = 70, just good; and 60 the year before."""

ROWS: tuple[Mapping[str, str], ...] = (
    A,
    {**A, "period": "2023", "overlevelse@kirurgi.count": "70", "overlevelse@medicin.count": "50", "tilfredshed": "60"},
    _clinic("B", "vest", "A", "90/100", "80/100", "85", "5"),  # 85, but at most 59
    _clinic("C", "øst", "B", "30/100", "40/100", "20", "1"),  # 29, and 5 more
    {**_clinic("D", "øst", "", "5/9", "", "90", "1"), "påbud": "ja"},  # 40 % of the weight
    _clinic("E", "øst", "", "5/9", "", "", "1"),
    _clinic("F", "vest", "B", "90/100", "80/100", "95", ""),  # 89 and 5 more, and events are not known
    _clinic("G", "vest", "", "80/100", "60/100", "65", "0"),  # 68
    _clinic("H", "vest", "", "80/100", "60/100", "70", "3"),
)

GRADES: Mapping[str, tuple[float | None, str | None, float | None]] = {
    "A": (70, "god", 5), "B": (59, "ret_god", 3), "C": (34, "svag", 1), "D": (None, None, None),
    "E": (None, None, None), "F": (94, "god", 5), "G": (68, "ret_god", 3), "H": (70, "god", 5),
}  # fmt: skip
"""Score, grade and stars of each clinic in 2024."""


def clinics(folder: Path, *changes: tuple[str, str]) -> Path:
    """The regime as a policy folder, with texts changed."""
    text = REGIME
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    (folder / "goals").mkdir(parents=True, exist_ok=True)
    (folder / "goals/klinikker.yaml").write_text(text, encoding="utf-8")
    return folder


def with_cases(folder: Path, cases: str) -> Path:
    """The regime with other cases."""
    return clinics(folder, (REGIME[CASES:], f"cases:\n{cases}"))


def file(path: Path, rows: Iterable[Mapping[str, str]] = ROWS) -> Path:
    """The clinics as a file of figures."""
    return write_csv(path, rows)
