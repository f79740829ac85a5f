"""The form of an envelope and its MAC, as section 6 has them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from conventions import Cursor, hmac512, require, u32
from derivation import envelope_mac_key

MAX_ENVELOPE = 65_536
MAC = 64
CT_LENGTH = {1: 1_088, 2: 1_568}  # by suite


@dataclass(frozen=True)
class Record:
    kem_id: str
    ct: bytes
    kms_id: str
    blob: bytes
    wrapped: bytes


@dataclass(frozen=True)
class Envelope:
    encoded: bytes
    generation: int
    records: tuple[Record, ...]


def parse_envelope(data: bytes, suite: int) -> Envelope:
    require(len(data) <= MAX_ENVELOPE, "2 length of envelope")
    c = Cursor(data, "6")
    generation = c.uint(4)
    n = c.uint(1)
    require(1 <= n <= 16, "6 number of records")
    records = tuple(_parse_record(c.lp(0, MAX_ENVELOPE, "record"), suite) for _ in range(n))
    c.take(MAC)
    c.end()
    require(len({(r.kem_id, r.kms_id) for r in records}) == n, "6 same pair of key ids twice")
    return Envelope(data, generation, records)


def _parse_record(data: bytes, suite: int) -> Record:
    c = Cursor(data, "6")
    require(c.uint(1) == 1, "6 kind of record")
    kem_id = _key_id(c.lp(1, 256, "KEM key id"))
    ct = c.lp(CT_LENGTH[suite], CT_LENGTH[suite], "ct")
    kms_id = _key_id(c.lp(1, 2_048, "KMS key id"))
    blob = c.lp(1, 6_144, "blob")
    wrapped = c.take(48)
    c.end()
    return Record(kem_id, ct, kms_id, blob, wrapped)


def _key_id(data: bytes) -> str:
    require(all(0x21 <= byte <= 0x7E for byte in data), "6 characters of a key id")
    return data.decode("ascii")


def check_mac(envelope: Envelope, head: bytes, dek: bytes, check: str) -> None:
    covered, mac = envelope.encoded[:-MAC], envelope.encoded[-MAC:]
    data = hashlib.sha512(head).digest() + u32(len(envelope.encoded)) + covered
    require(hmac.compare_digest(hmac512(envelope_mac_key(dek), data), mac), check)
