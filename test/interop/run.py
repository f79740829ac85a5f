"""The command line: runs the test vectors of section 11, or opens one object as section 9 says."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from conventions import AuthenticationFailed
from keys import Keys
from reader import Catalogue, Opened, open_object


def summary(opened: Opened) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(opened.plaintext).hexdigest(),
        "length": len(opened.plaintext),
        "tier": opened.facts.tier,
        "mediaType": opened.metadata.media_type,
        "fileName": opened.metadata.file_name,
        "source": opened.metadata.source,
    }


def open_vector(vector: dict[str, Any], folder: Path, keys: Keys) -> Opened:
    catalogue = Catalogue(
        object_id=vector["expect"]["id"] if "expect" in vector else None,
        head_digest=vector["expect"]["headDigest"] if "expect" in vector else None,
        generation=vector.get("generation"),
        envelope=(folder / vector["envelope"]).read_bytes() if "envelope" in vector else None,
    )
    return open_object((folder / vector["object"]).read_bytes(), keys, catalogue)


def run_vector(path: Path, keys: Keys, to_open: bool) -> tuple[bool, str]:
    """Whether it went as it should, and what is to be said of it."""
    vector = json.loads(path.read_text("utf-8"))
    try:
        result = summary(open_vector(vector, path.parent, keys))
    except AuthenticationFailed as refusal:
        return not to_open, f"section {refusal.check}"
    if not to_open:
        return False, "opened"
    told = {k: v for k, v in result.items() if k != "source" or k in vector}
    differences = [f"{k} is {v!r}, not {vector.get(k)!r}" for k, v in told.items() if v != vector.get(k)]
    return not differences, "; ".join(differences)


def run_vectors(folder: Path) -> int:
    try:
        keys = Keys.from_json((folder / "keys.json").read_bytes())
    except OSError as e:
        print(f"nothing was loaded: {e}")
        return 1
    right = {"open": 0, "refuse": 0}
    wrong = 0
    for kind, verdict in (("open", "opened"), ("refuse", "refused")):
        for path in sorted((folder / "v1" / kind).glob("*.json")):
            try:
                ok, note = run_vector(path, keys, kind == "open")
            except Exception as e:  # whatever else escapes is a fault of the reader or of the vector
                ok, note = False, f"{type(e).__name__}: {e}"
            right[kind] += ok
            wrong += not ok
            print(f"{verdict if ok else 'WRONG':8} {kind}/{path.stem}{': ' + note if note else ''}")
    print(f"{right['open']} opened, {right['refuse']} refused, {wrong} wrong")
    return 0 if right["open"] and right["refuse"] and not wrong else 1


def run_one(object_path: Path, keys_path: Path, out: Path | None) -> int:
    keys = Keys.from_json(keys_path.read_bytes())
    try:
        opened = open_object(object_path.read_bytes(), keys, Catalogue())
    except AuthenticationFailed as refusal:
        print(refusal, file=sys.stderr)
        return 3
    if out is not None:
        out.write_bytes(opened.plaintext)
    print(json.dumps(summary(opened)))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description="An independent reader of .slv objects",
        usage="run.py VECTORS_DIR | run.py --object FILE --keys KEYS.json [-o OUT]",
        epilog="Exit status: 0 all well; 1 a vector went wrong, or open or refuse had none; 2 usage, or an unreadable file; 3 refused.",
    )
    parser.add_argument("vectors", nargs="?", type=Path, metavar="VECTORS_DIR")
    parser.add_argument("--object", type=Path)
    parser.add_argument("--keys", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    a = parser.parse_args()
    if a.vectors and not (a.object or a.keys or a.out):
        return run_vectors(a.vectors)
    if a.object and a.keys and not a.vectors:
        return run_one(a.object, a.keys, a.out)
    parser.error("either VECTORS_DIR, or --object and --keys")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, KeyError, ValueError) as e:
        print(f"{type(e).__name__}: {e}", file=sys.stderr)
        sys.exit(2)
