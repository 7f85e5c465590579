"""The commands that README gives for the shipped regimes, run as they stand on the published files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.readme import ROOT, Shipped, shipped_regimes
from tilsyn.cli.main import main

FILES = {
    "btu": "dk_btu2022_municipality.csv",
    "californien": "california_elpi_2024_schools.csv",
    "cms_plejehjem": "cms_nursing_home_2021_08.csv",
    "danske_skoler": "dk_schools_2024_25.csv",
    "england_ks2": "england_ks2_progress_2018.csv",
    "hdi": "hdi_2022.csv",
    "texas": "texas_campus_2019.csv",
}
"""The published file of each regime that has one. The others have only their authors' cases to run."""


@pytest.mark.parametrize("regime", list(shipped_regimes()), ids=lambda regime: regime.folder.name)
def test_the_command_of_every_regime_runs(
    truth: Path, regime: Shipped, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("TILSYN_LANG", raising=False)
    file = FILES.get(regime.folder.name)
    name, *args = regime.command.split()
    assert (name, "FILE" in args) == ("tilsyn", file is not None)
    code = main([str(truth / file) if file and arg == "FILE" else arg for arg in args])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert regime.policy.area.title.da in said.out or "eksempler holder" in said.out
