"""Another system that takes notices, as a process of its own: it keeps what it took, by id.

What it does with a group is drawn: it takes all, is slow, is in error, refuses one, or dies itself
after it has stored all and before it answers. Every group stands in its store, a line of JSON each.
"""

from __future__ import annotations

import json
import os
import random
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from som.notices.rules import digest_of, signature

TAKES, SLOW, IN_ERROR, REFUSES_ONE, DIES = "takes", "slow", "in error", "refuses one", "dies"
MOODS = [TAKES] * 6 + [SLOW, IN_ERROR, REFUSES_ONE, DIES]


def store(folder: Path) -> Path:
    return folder / "received.jsonl"


def forged(folder: Path) -> Path:
    return folder / "forged.jsonl"


def tame(folder: Path) -> Path:
    """Where this file is, the receiver takes everything."""
    return folder / "tame"


def _append(path: Path, line: dict[str, Any]) -> None:
    with open(path, "a") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def serve(folder: Path, port: int, secret: str, seed: int) -> None:
    """Take what is posted until this process is killed."""
    draw = random.Random(
        f"receiver {seed} {len(store(folder).read_text()) if store(folder).exists() else 0}"
    )

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamp = int(self.headers["X-Som-Timestamp"])
            wanted = f"sha256={signature(secret, stamp, body)}"
            if self.headers["X-Som-Signature"] != wanted or abs(time.time() - stamp) > 300:
                _append(forged(folder), {"at": time.time()})
                return self.answer(401)
            sent = json.loads(body)["messages"]
            whole = all(
                one["hash"] == digest_of({k: v for k, v in one.items() if k != "hash"})
                for one in sent
            )
            mood = TAKES if tame(folder).exists() else draw.choice(MOODS)
            kept = [] if mood == IN_ERROR else sent[1:] if mood == REFUSES_ONE else sent
            _append(
                store(folder),
                {
                    "at": time.time(),
                    "mood": mood,
                    "whole": whole,
                    "sent": [one["id"] for one in sent],
                    "kept": {one["id"]: one for one in kept},
                },
            )
            if mood == DIES:
                os._exit(9)
            if mood == SLOW:
                time.sleep(0.3)
            if mood == IN_ERROR:
                return self.answer(500)
            said = {"accepted": [one["id"] for one in kept]}
            if mood == REFUSES_ONE:
                said["refused"] = [{"id": sent[0]["id"], "reason": "busy"}]
            return self.answer(200, json.dumps(said).encode())

        def answer(self, status: int, said: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    HTTPServer(("127.0.0.1", port), Desk).serve_forever()
