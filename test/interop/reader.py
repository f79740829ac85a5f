"""Reads whole objects in the order of section 9, with the envelope that section 6.3 says."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from body import HEADER, open_body
from chaos import restore
from conventions import require
from derivation import body_input, chaos_seed, metadata_key
from envelope import check_mac, parse_envelope
from facts_metadata import Facts, Metadata, open_metadata, parse_metadata
from keys import Keys
from layout import Parts, parse_object
from unwrap import unwrap


@dataclass(frozen=True)
class Catalogue:
    """What a catalogue names of an object, and the newer envelope beside the object; None is nothing."""

    object_id: str | None = None  # hex
    head_digest: str | None = None  # hex
    generation: int | None = None
    envelope: bytes | None = None


@dataclass(frozen=True)
class Opened:
    facts: Facts
    metadata: Metadata
    plaintext: bytes


def open_object(data: bytes, keys: Keys, catalogue: Catalogue) -> Opened:
    """The numbers are those of the steps of section 9."""
    parts = parse_object(data)  # 1
    embedded = parse_envelope(parts.envelope, parts.facts.suite)
    used = embedded
    if catalogue.envelope is not None:
        require(catalogue.generation is not None, "6.3 an envelope that no catalogue names")
        used = parse_envelope(catalogue.envelope, parts.facts.suite)
    _check_catalogue(parts, catalogue)  # 2
    require(catalogue.generation in (None, used.generation), "6.3 generation")
    dek = unwrap(used, parts.facts, keys)  # 3
    check_mac(used, parts.head, dek, "6.2 step 5: MAC")
    if used is not embedded:
        check_mac(embedded, parts.head, dek, "6.3 MAC of the embedded envelope")
    meta = open_metadata(parts.sealed_metadata, metadata_key(dek), parts.facts)  # 4
    metadata = parse_metadata(meta, parts.facts)
    plaintext = open_body(parts.body, body_input(dek, meta), parts.head)  # 5
    if metadata.chaos is not None:
        plaintext = restore(plaintext, chaos_seed(dek, meta), metadata.chaos)
    require(hmac.compare_digest(hashlib.sha256(plaintext).digest(), metadata.digest), "7 plaintext digest")
    return Opened(parts.facts, metadata, plaintext)


def _check_catalogue(parts: Parts, catalogue: Catalogue) -> None:
    digest = hashlib.sha256(parts.head + parts.body[:HEADER]).hexdigest()
    require(catalogue.object_id in (None, parts.facts.object_id.hex()), "9 step 2: object id")
    require(catalogue.head_digest in (None, digest), "9 step 2: digest of the head")
