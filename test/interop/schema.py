"""Checks of decoded items against the tables of sections 3 and 5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conventions import require
from encoding import Item

Check = Callable[[Item], bool]
Table = dict[int, tuple[str, Check]]


def uint(low: int, high: int) -> Check:
    return lambda v: isinstance(v, int) and low <= v <= high


def octets(size: int) -> Check:
    return lambda v: isinstance(v, bytes) and len(v) == size


def one_of(*values: bytes) -> Check:
    return lambda v: v in values


def text(low: int, high: int) -> Check:
    """Limits are in bytes of UTF-8; a byte order mark in front is refused."""
    return lambda v: isinstance(v, str) and low <= len(v.encode()) <= high and not v.startswith("\ufeff")


def array(low: int, high: int, item: Check) -> Check:
    return lambda v: isinstance(v, list) and low <= len(v) <= high and all(map(item, v))


def row(*items: Check) -> Check:
    """An array with one check for each of its places."""
    return lambda v: isinstance(v, list) and len(v) == len(items) and all(i(x) for i, x in zip(items, v, strict=True))


def record(required: dict[int, Check], optional: dict[int, Check]) -> Check:
    """A map within: everything required is there, and nothing unknown."""
    every = required | optional
    return lambda v: (
        isinstance(v, dict) and required.keys() <= v.keys() <= every.keys() and all(every[k](x) for k, x in v.items())
    )


def match(found: dict[int, Item], section: str, table: Table, required: range) -> dict[int, Any]:
    """`found`, of which every value is as the table says."""
    require(all(key in found for key in required), f"{section} a key is missing")
    for key, value in found.items():
        require(key in table, f"{section} unknown key")
        name, check = table[key]
        require(check(value), f"{section} {name}")
    return found
