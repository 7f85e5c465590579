"""Every interval method is known wherever methods are told apart, so that a new one is not half there."""

from __future__ import annotations

from typing import get_args

from tilsyn.catalogue.goals import Method
from tilsyn.engine.plan import METHODS
from tilsyn.files.template import BY_METHOD
from tilsyn.telling.reference import METHOD_MEANINGS


def test_every_method_has_its_kinds_its_columns_in_the_form_and_its_meaning():
    assert set(METHODS) == set(BY_METHOD) == set(METHOD_MEANINGS) == set(get_args(Method))
