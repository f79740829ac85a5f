"""The facts of section 3, and the sealed metadata of section 5."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from chaos import Chaos, check_chaos
from conventions import AuthenticationFailed, Cursor, require, u16
from encoding import MAX_INTEGER, decode_map
from schema import Table, array, match, octets, one_of, record, row, text, uint

CHAOS_TRANSFORM = b"\x01"
PAGE = 4_096

FACTS: Table = {
    1: ("suite", uint(1, 2)),
    2: ("object id", octets(16)),
    3: ("created", uint(0, MAX_INTEGER)),
    4: ("tier", uint(0, 3)),
    5: ("plaintext length", uint(0, 2**52 - 1)),
    6: ("transforms", one_of(b"", CHAOS_TRANSFORM)),
    7: ("parent", octets(16)),
    8: ("rendition", uint(1, 2)),
}

SCORE = uint(0, 10_000)
WORD = uint(0, 2**32 - 1)
METADATA: Table = {
    1: ("random", octets(32)),
    2: ("plaintext digest", octets(32)),
    3: ("media type", text(1, 255)),
    4: ("file name", text(1, 1_024)),
    5: ("width", uint(1, 2**32 - 1)),
    6: ("height", uint(1, 2**32 - 1)),
    7: ("detections", array(0, 256, record({1: text(1, 32), 2: SCORE}, {3: array(4, 4, SCORE)}))),
    8: ("feature digest", octets(32)),
    9: ("uploader", text(1, 1_024)),
    10: ("source", array(4, 4, text(0, 2_048))),
    11: ("chaos", record({1: uint(0, MAX_INTEGER), 2: array(0, 16, WORD)}, {})),
    12: ("score", SCORE),
    13: ("models", array(0, 32, text(1, 128))),
    14: ("renditions", array(0, 8, row(uint(1, 2), octets(16)))),
    15: ("reasons", array(0, 64, text(1, 256))),
}


@dataclass(frozen=True)
class Facts:
    encoded: bytes
    suite: int
    object_id: bytes
    tier: int
    length: int
    permuted: bool  # transform 01
    is_rendition: bool


@dataclass(frozen=True)
class Metadata:
    digest: bytes
    media_type: str
    file_name: str | None
    source: list[str] | None
    chaos: Chaos | None


def parse_facts(data: bytes) -> Facts:
    m = match(decode_map(data, "3"), "3", FACTS, range(1, 7))
    require((7 in m) == (8 in m), "3 parent and rendition only together")
    return Facts(data, m[1], m[2], m[4], m[5], m[6] == CHAOS_TRANSFORM, 8 in m)


def open_metadata(sealed: bytes, key: bytes, facts: Facts) -> bytes:
    """The padded metadata, `meta`."""
    aad = b"SLV1" + u16(len(facts.encoded)) + facts.encoded
    try:
        return AESGCMSIV(key).decrypt(bytes(12), sealed, aad)
    except InvalidTag:
        raise AuthenticationFailed("5 tag of sealed metadata") from None


def source_of(texts: list[str]) -> list[str]:
    """The four texts, the key as it was before a zero kept a byte order mark from its beginning."""
    bucket, key, version, sequencer = texts
    marked = key.startswith("\0") and key.lstrip("\0").startswith("\ufeff")
    return [bucket, key[1:] if marked else key, version, sequencer]


def parse_metadata(meta: bytes, facts: Facts) -> Metadata:
    c = Cursor(meta, "5")
    cbor = c.lp(0, len(meta), "CBOR")
    padding = c.rest()
    require(len(padding) < PAGE, "5 padding too long")
    require(not any(padding), "5 padding not zero")
    m = match(decode_map(cbor, "5"), "5", METADATA, range(1, 4))
    require((5 in m) == (6 in m), "5 width and height, both or neither")
    require((11 in m) == facts.permuted, "5 chaos if and only if transform 01")
    require(14 not in m or not facts.is_rendition, "5 renditions of a rendition")
    renditions = [rendition for rendition, _ in m.get(14, [])]
    require(len(set(renditions)) == len(renditions), "5 a rendition twice")
    chaos = check_chaos(m[11][1], m[11][2]) if 11 in m else None
    return Metadata(m[2], m[3], m.get(4), source_of(m[10]) if 10 in m else None, chaos)
