"""The chaos permutation of section 8, undone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from conventions import require

BLOCK, BLOCKS = 16, 1_024
CHUNK = BLOCK * BLOCKS
CONSTANT = 0x9E3779B9
PARAMETERS = {1: 1, 2: 2}  # how many, by map


@dataclass(frozen=True)
class Chaos:
    """A map and its parameters, which readers accept (section 8.1)."""

    number: int
    parameters: tuple[int, ...]


def check_chaos(number: int, parameters: list[int]) -> Chaos:
    require(number in PARAMETERS, "8.1 unknown map")
    require(len(parameters) == PARAMETERS[number], "8.1 number of parameters")
    require(all(p % 2 == 1 for p in parameters), "8.1 even parameter")
    return Chaos(number, tuple(parameters))


def _map_1(x: int, w: int, kick: int) -> Iterator[int]:
    while True:
        w = (w + kick * ((x * (2**32 - x) >> 30) % 2**32) + CONSTANT) % 2**32
        x = (x + w) % 2**32
        yield x


def _map_2(x: int, w: int, a: int, b: int) -> Iterator[int]:
    while True:
        tent = 2 * x if x < 2**31 else 2**33 - 1 - 2 * x
        w = (w + a * tent + CONSTANT) % 2**32
        x = (x + b * w) % 2**32
        yield x


def advances(x: int, w: int, chaos: Chaos) -> Iterator[int]:
    """x after each advance (section 8.1)."""
    return (_map_1 if chaos.number == 1 else _map_2)(x, w, *chaos.parameters)


def orbit(x: int, w: int, chaos: Chaos) -> Iterator[int]:
    """The draws of an orbit (section 8.1)."""
    return islice(advances(x, w, chaos), 16, None)


def shuffle(draws: Iterator[int], n: int) -> list[int]:
    """Section 8.1."""
    p = list(range(n))
    for i in range(n - 1, 0, -1):
        j = next(draws) * (i + 1) >> 32
        p[i], p[j] = p[j], p[i]
    return p


def affine(k: int, p: int, q: int, m: int) -> tuple[int, int]:
    """The pair (a, r) of chunk k (section 8.2)."""
    u = (p * k + q) % 2**19
    u ^= u >> 10
    u = m * u % 2**19
    u ^= u >> 9
    return 2 * (u >> 10) + 1, u % 2**10


def restore(permuted: bytes, seed: bytes, chaos: Chaos) -> bytes:
    """The plaintext of a whole body."""
    s = struct.unpack(">8I", seed)
    base = shuffle(orbit(s[0], s[1], chaos), BLOCKS)
    draws = orbit(s[2], s[3], chaos)
    p, q, m = next(draws) | 1, next(draws), next(draws) | 1
    last = len(permuted) // CHUNK
    plain = bytearray()
    for k in range(last):
        a, r = affine(k, p, q, m)
        pi = [base[(a * i + r) % BLOCKS] for i in range(BLOCKS)]
        plain += _put_back(permuted[CHUNK * k : CHUNK * (k + 1)], pi)
    tail = permuted[CHUNK * last :]
    return bytes(plain + _put_back(tail, shuffle(orbit(s[4], s[5], chaos), len(tail) // BLOCK)))  # section 8.3


def _put_back(chunk: bytes, pi: list[int]) -> bytes:
    plain = bytearray(chunk)
    for i, to in enumerate(pi):
        plain[BLOCK * to : BLOCK * (to + 1)] = chunk[BLOCK * i : BLOCK * (i + 1)]
    return bytes(plain)
