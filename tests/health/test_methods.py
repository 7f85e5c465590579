"""Every interval method is known wherever methods are told apart, so that a new one is not half there."""

from __future__ import annotations

from typing import get_args

from tilsyn.catalogue.goals import Method
from tilsyn.engine.plan import METHODS
from tilsyn.files.template import BY_METHOD


def test_every_method_has_its_kinds_and_its_columns_in_the_form():
    assert set(METHODS) == set(BY_METHOD) == set(get_args(Method))
