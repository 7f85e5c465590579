"""Each test of the semantics runs on both readings."""

from __future__ import annotations

import pytest

from ..generative.readings import Reads, read_columns, read_exact


@pytest.fixture(params=[read_exact, read_columns], ids=["exact", "columns"])
def reading(request: pytest.FixtureRequest) -> Reads:
    return request.param
