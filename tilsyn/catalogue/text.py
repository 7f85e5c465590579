"""Small building blocks that every declaration uses: names, text for people, shares.

They stand apart so that each is defined, and documented in the JSON schema, once.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

NAME = re.compile(r"[^\W\d]\w*")

Name = Annotated[str, StringConstraints(pattern=r"^[^\W\d]\w*$", max_length=60)]
"""A name that expressions read: letters (æøå too), digits and `_`."""

Id = Annotated[str, StringConstraints(pattern=r"^[^\W\d][\w-]*$", max_length=60)]
"""A name that only people and other declarations read; hyphens are allowed."""


def _number_is_expression(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, Decimal)) else value


Feel = Annotated[
    str,
    BeforeValidator(_number_is_expression),
    WithJsonSchema({"type": ["string", "number", "boolean"], "description": "an expression (FEEL)"}),
]
"""An expression in the subset of FEEL that README describes."""


class Declared(BaseModel):
    """Every declared thing: frozen, complete, and without keys that the grammar does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False, defer_build=True)


class Text(Declared):
    """Text for people. A plain string is Danish."""

    da: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = Field(description="Danish")
    en: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        default=None, description="English; left out: the Danish is shown"
    )

    def get(self, lang: str) -> str:
        """The text in `lang`; Danish where no English is declared."""
        return self.en if lang == "en" and self.en else self.da


def _plain_is_danish(value: Any) -> Any:
    return {"da": value} if isinstance(value, str) else value


Words = Annotated[Text, BeforeValidator(_plain_is_danish)]


def _share(value: Any) -> Any:
    if isinstance(value, str) and (m := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        return Fraction(m[1]) / 100
    raise PydanticCustomError("not-a-percentage", "write a percentage, such as `60 %`")


Share = Annotated[
    Fraction,
    BeforeValidator(_share),
    Field(ge=0, le=1),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$", "description": "a percentage, such as `60 %`"}),
]
