"""The DEK out of an envelope, by steps 2 to 4 of section 6.2 and the formulas of section 6.1."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM1024PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conventions import AuthenticationFailed, expand, hmac512, lp, require
from envelope import Envelope, Record
from facts_metadata import Facts
from keys import Keys, KeyServiceRefused, KeyServiceUnavailable, context_bytes

LABEL = b"safelight/v1/wrap"


def unwrap(envelope: Envelope, facts: Facts, keys: Keys) -> bytes:
    """The DEK; an unavailable service sends it to the next record that is the reader's, a refusal does not."""
    mine = [r for r in envelope.records if r.kem_id in keys.kem_seeds and r.kms_id in keys.allowed]
    require(bool(mine), "6.2 step 2: no record is the reader's")
    for record in mine:
        try:
            return _unwrap_record(record, facts, keys)
        except KeyServiceUnavailable:
            continue
    raise KeyServiceUnavailable


def _unwrap_record(record: Record, facts: Facts, keys: Keys) -> bytes:
    public, secret = _decapsulate(facts.suite, keys.kem_seeds[record.kem_id], record.ct)
    context = {
        "kem": record.kem_id,
        "object": facts.object_id.hex(),
        "stack": keys.stack,
        "suite": str(facts.suite),
    }
    try:
        key_id, pdk = keys.service.decrypt(record.kms_id, record.blob, context)
    except KeyServiceRefused:
        raise AuthenticationFailed("6.2 step 3: KMS refuses the blob") from None
    require(key_id == record.kms_id, "6.2 step 3: KMS returns another key id")
    require(len(pdk) == 32, "6.2 step 3: length of pdk")
    bound = (
        LABEL,
        facts.encoded,
        record.kem_id.encode(),
        hashlib.sha256(public).digest(),
        record.ct,
        record.kms_id.encode(),
        record.blob,
        context_bytes(context),
    )
    transcript = hashlib.sha512(b"".join(map(lp, bound))).digest()
    kek = expand(hmac512(LABEL, secret + pdk), LABEL + b"\x00" + transcript, 32)
    try:
        return AESGCM(kek).decrypt(bytes(12), record.wrapped, transcript)
    except InvalidTag:
        raise AuthenticationFailed("6.2 step 4: tag of wrapped") from None


def _decapsulate(suite: int, seed: bytes, ct: bytes) -> tuple[bytes, bytes]:
    """The reader's own pk, and ss; a seed serves both levels (section 11)."""
    level = MLKEM768PrivateKey if suite == 1 else MLKEM1024PrivateKey
    private = level.from_seed_bytes(seed)
    return private.public_key().public_bytes_raw(), private.decapsulate(ct)
