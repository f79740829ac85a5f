"""The parts of an object and its exact size, as section 2 has them."""

from __future__ import annotations

from dataclasses import dataclass

from body import CHUNK, HEADER, TAG
from conventions import Cursor, require
from envelope import MAX_ENVELOPE
from facts_metadata import Facts, parse_facts


@dataclass(frozen=True)
class Parts:
    head: bytes  # H0
    facts: Facts
    sealed_metadata: bytes
    envelope: bytes
    body: bytes


def parse_object(data: bytes) -> Parts:
    c = Cursor(data, "2")
    require(c.take(4) == b"SLV1", "2 magic")
    n = c.uint(2)
    require(n <= 1_024, "2 length of facts")
    facts_bytes = c.take(n)
    sealed = c.lp(4_112, 61_456, "sealed metadata")
    require(len(sealed) % 4_096 == 16, "2 length of sealed metadata")
    head = data[: c.at]
    envelope = c.lp(0, MAX_ENVELOPE, "envelope")
    facts = parse_facts(facts_bytes)
    require(c.left == HEADER + facts.length + TAG * (facts.length // CHUNK + 1), "2 size")
    return Parts(head, facts, sealed, envelope, c.rest())
