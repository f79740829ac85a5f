"""The keys inside an object, which section 4 derives from the DEK."""

from __future__ import annotations

import hashlib

from conventions import expand


def metadata_key(dek: bytes) -> bytes:
    return expand(dek, b"safelight/v1/meta\x00", 32)


def body_input(dek: bytes, meta: bytes) -> bytes:
    return expand(dek, b"safelight/v1/body\x00" + hashlib.sha512(meta).digest(), 32)


def chaos_seed(dek: bytes, meta: bytes) -> bytes:
    return expand(dek, b"safelight/v1/chaos\x00" + hashlib.sha512(meta).digest(), 32)


def envelope_mac_key(dek: bytes) -> bytes:
    return expand(dek, b"safelight/v1/envelope-mac\x00", 64)
