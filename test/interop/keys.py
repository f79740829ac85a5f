"""A reader's configuration (section 6.2) from a keys file, and the key service of the vectors (section 11)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conventions import lp

STACK = re.compile(r"[A-Za-z0-9._-]{1,64}")
NONCE, TAG = 12, 16


class KeyServiceUnavailable(Exception):
    """The service did not answer (section 6.2 step 3): not a refusal, worth retrying."""


class KeyServiceRefused(Exception):
    """Any other error of the service (section 6.2 step 3)."""


class KeyService(Protocol):
    def decrypt(self, key_id: str, blob: bytes, context: Mapping[str, str]) -> tuple[str, bytes]:
        """The key id that was used, and pdk."""


def context_bytes(context: Mapping[str, str]) -> bytes:
    """The context bytes of section 6.1."""
    entries = sorted((key.encode(), value.encode()) for key, value in context.items())
    return bytes([len(entries)]) + b"".join(lp(key) + lp(value) for key, value in entries)


class LocalKeyService:
    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys

    def decrypt(self, key_id: str, blob: bytes, context: Mapping[str, str]) -> tuple[str, bytes]:
        if len(blob) < NONCE + TAG:
            raise KeyServiceRefused
        try:
            pdk = AESGCM(self._keys[key_id]).decrypt(blob[:NONCE], blob[NONCE:], context_bytes(context))
        except InvalidTag:
            raise KeyServiceRefused from None
        return key_id, pdk


@dataclass(frozen=True)
class Keys:
    stack: str
    kem_seeds: Mapping[str, bytes]  # d || z, by KEM key id
    allowed: frozenset[str]  # KMS key ids
    service: KeyService

    @classmethod
    def from_json(cls, data: bytes) -> Keys:
        config = json.loads(data)
        if not STACK.fullmatch(config["stack"]):
            raise ValueError("not a stack id")
        seeds = {entry["keyId"]: bytes.fromhex(entry["seed"]) for entry in config["kem"]}
        kms = {entry["keyId"]: bytes.fromhex(entry["key"]) for entry in config["kms"]}
        return cls(config["stack"], seeds, frozenset(kms), LocalKeyService(kms))
