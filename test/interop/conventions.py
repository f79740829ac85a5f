"""The refusal, the byte notation and the key derivation functions of section 1."""

from __future__ import annotations

import hmac


class AuthenticationFailed(Exception):
    """The object is refused (section 1): always the same message, `check` names the rule and is for tests only."""

    def __init__(self, check: str) -> None:
        super().__init__("authentication failed")
        self.check = check


def require(condition: bool, check: str) -> None:
    """Refuses the object where the rule named by `check` does not hold."""
    if not condition:
        raise AuthenticationFailed(check)


def u16(n: int) -> bytes:
    return n.to_bytes(2, "big")


def u32(n: int) -> bytes:
    return n.to_bytes(4, "big")


def lp(data: bytes) -> bytes:
    return u32(len(data)) + data


def hmac512(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha512")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-512."""
    out = block = b""
    counter = 0
    while len(out) < length:
        counter += 1
        block = hmac512(key, block + info + bytes([counter]))
        out += block
    return out[:length]


class Cursor:
    """Takes bytes from the front; refuses in the name of a section where too few or too many are there."""

    def __init__(self, data: bytes, section: str) -> None:
        self.section = section
        self.at = 0
        self._data = data

    @property
    def left(self) -> int:
        return len(self._data) - self.at

    def take(self, n: int) -> bytes:
        require(n <= self.left, f"{self.section} too short")
        self.at += n
        return self._data[self.at - n : self.at]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def lp(self, low: int, high: int, what: str) -> bytes:
        n = self.uint(4)
        require(low <= n <= high, f"{self.section} length of {what}")
        return self.take(n)

    def rest(self) -> bytes:
        return self.take(self.left)

    def end(self) -> None:
        require(self.left == 0, f"{self.section} bytes left over")
