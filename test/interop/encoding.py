"""Strict decoding of the CBOR of section 3, which allows only unsigned integers, byte strings, texts, arrays and maps."""

from __future__ import annotations

from typing import TypeAlias

from conventions import AuthenticationFailed, Cursor, require

Item: TypeAlias = int | bytes | str | list["Item"] | dict[int, "Item"]

UINT, BYTES, TEXT, ARRAY, MAP = 0, 2, 3, 4, 5  # major types of RFC 8949
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 4


def decode_map(data: bytes, section: str) -> dict[int, Item]:
    """The one map that `data` is."""
    c = Cursor(data, section)
    item = _item(c, 0)
    c.end()
    if not isinstance(item, dict):
        raise AuthenticationFailed(f"{section} CBOR not a map")
    return item


def _item(c: Cursor, depth: int) -> Item:
    major, info = divmod(c.uint(1), 32)
    n = _argument(c, info)
    if major == UINT:
        require(n <= MAX_INTEGER, f"{c.section} CBOR integer above 2^53-1")
        return n
    if major == BYTES:
        return c.take(n)
    if major == TEXT:
        try:
            return c.take(n).decode("utf-8")
        except UnicodeDecodeError:
            raise AuthenticationFailed(f"{c.section} CBOR invalid UTF-8") from None
    require(major in (ARRAY, MAP), f"{c.section} CBOR type not in any schema")
    require(depth < MAX_DEPTH, f"{c.section} CBOR too deep")
    require(n <= c.left, f"{c.section} CBOR too short")
    if major == ARRAY:
        return [_item(c, depth + 1) for _ in range(n)]
    return _map(c, n, depth + 1)


def _argument(c: Cursor, info: int) -> int:
    """The number in the head of an item, in its shortest form."""
    if info < 24:
        return info
    require(info <= 27, f"{c.section} CBOR indefinite or reserved length")
    size = 1 << (info - 24)
    n = c.uint(size)
    least = 24 if size == 1 else 1 << (4 * size)
    require(n >= least, f"{c.section} CBOR not the shortest encoding")
    return n


def _map(c: Cursor, n: int, depth: int) -> dict[int, Item]:
    result: dict[int, Item] = {}
    last = -1
    for _ in range(n):
        key = _item(c, depth)
        if not isinstance(key, int):
            raise AuthenticationFailed(f"{c.section} CBOR map key not unsigned")
        require(key > last, f"{c.section} CBOR map keys not sorted, or twice")
        result[key] = _item(c, depth)
        last = key
    return result
