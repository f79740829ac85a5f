"""The body of section 7, opened by a C2SP chunked-encryption library that knows nothing of this format."""

from __future__ import annotations

import hashlib

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

from conventions import AuthenticationFailed

HEADER = 24 + 32  # salt, com
CHUNK, TAG = 16_384, 16


def open_body(body: bytes, key_input: bytes, head: bytes) -> bytes:
    """The permuted plaintext."""
    decryptor = Cobblestone256Decryptor(key_input, b"safelight/v1/body\x00" + hashlib.sha512(head).digest())
    try:
        decryptor.update(body[:HEADER])
    except InvalidTag:
        raise AuthenticationFailed("7 commitment") from None
    try:
        return decryptor.update(body[HEADER:]) + decryptor.finalize()
    except InvalidTag:
        raise AuthenticationFailed("7 tag of a chunk") from None
