"""Rows of a few institutions in parts, small enough to follow by hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tilsyn.services import sharing
from tilsyn.services.sharing import Rows, bounds, keep, pieces


def written(folder: Path, **files: str) -> list[Path]:
    """A file of each word, with a row for each letter: the institution, and its place in the word."""
    paths = [folder / f"{name}.parquet" for name in files]
    for path, word in zip(paths, files.values(), strict=True):
        frame = pl.DataFrame({"institution": [*word], "x": range(len(word)), "other": 0})
        frame.write_parquet(path)
    return paths


def words(paths: list[Path], parts: int, aside: Path) -> list[str]:
    found = pieces(paths)
    rows = Rows(paths, found, ["institution", "x"], bounds(found, parts), aside)
    frames = [rows.of(part).collect() for part in range(parts)]
    assert all(frame.columns == ["institution", "x"] for frame in frames)
    return ["".join(frame["institution"]) for frame in frames]


def test_what_lies_in_order_is_read_where_it_lies(tmp_path: Path) -> None:
    paths = written(tmp_path, a="aabb", b="ccdd", c="eeff")
    assert words(paths, 3, tmp_path / "aside") == ["aabb", "ccdd", "eeff"]
    assert not (tmp_path / "aside").exists()


def test_what_lies_in_no_order_is_shared_out_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "TOGETHER", 4)
    monkeypatch.setattr(sharing, "AT_ONCE", 1)
    paths = written(tmp_path, a="dacb", b="bcad")
    assert words(paths, 4, tmp_path / "aside") == ["aa", "bb", "cc", "dd"]
    read = {path.relative_to(tmp_path / "aside").parts[0] for path in (tmp_path / "aside").rglob("*.parquet")}
    assert read == {"0", "1", "2", "3"}


def test_one_institution_is_never_divided(tmp_path: Path) -> None:
    assert words(written(tmp_path, a="aaaa", b="aaab"), 3, tmp_path / "aside") == ["", "", "aaaaaaab"]


def test_a_table_without_rows_has_none_in_any_part(tmp_path: Path) -> None:
    (path,) = written(tmp_path, a="a")
    pl.read_parquet(path).clear().write_parquet(path)
    assert words([path], 2, tmp_path / "aside") == ["", ""]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(OSError, match="space"):
        keep(pl.DataFrame({"x": [1]}), Path("/dev/full"))
