"""Digests of rows. They stand apart from the ledger so that one row can be held to its mark without what the whole
ledger is written and read with.

A digest is the SHA-256 of a JSON array (UTF-8, no spaces, in the order of the columns), so that it can be found again
without this program.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Any

# what no column of ours holds, as bytes where a text should be, has a digest too: one that vouches for nothing
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


def digest(values: Sequence[Any]) -> bytes:
    """The SHA-256 of values as a JSON array."""
    return hashlib.sha256(_json(values).encode("utf-8", "surrogateescape")).digest()


def digests(rows: Sequence[Sequence[Any]]) -> list[bytes]:
    """The digest of each of many rows. They are written as one array, which is quicker than each by itself, and taken
    apart again; where a text looks like the end of a row there are too many parts, and each is written by itself."""
    parts = _json(rows)[2:-2].encode("utf-8", "surrogateescape").split(b"],[")
    if len(parts) != len(rows):
        return [digest(row) for row in rows]
    return [hashlib.sha256(b"[%b]" % part).digest() for part in parts]


def mark_of(found: bytes) -> int:
    """The beginning of a digest as a whole number of 64 bits, signed as databases have it."""
    (mark,) = marks_of(found)
    return mark


def marks_of(found: bytes) -> tuple[int, ...]:
    """The marks of digests that stand one after the other."""
    return struct.unpack(f">{'q24x' * (len(found) // 32)}", found)
