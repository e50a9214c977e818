"""A receiver of messages on this machine, that may be in error, slow or rude."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from som.notices.rules import digest_of, read_reply, signature

SECRET = "một bí mật đủ dài để không ai đoán ra"


class Receiver:
    """Another system: keeps what it took by id and hash, and answers as it is told."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[list[dict[str, Any]]], tuple[int, bytes]] = lambda _sent: (200, b"")

    def post(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.posts.append((headers, body))
        stamp = headers["X-Som-Timestamp"]
        assert headers["X-Som-Signature"] == "sha256=" + signature(SECRET, int(stamp), body)
        assert abs(time.time() - int(stamp)) < 60
        sent = json.loads(body)["messages"]
        status, said = self.answer(sent)
        for one in sent:
            assert one["hash"] == digest_of({k: v for k, v in one.items() if k != "hash"})
            if one["id"] in read_reply([one["id"]], status, said).accepted:
                assert self.kept.setdefault(one["id"], one) == one, "one id, one content"
        return status, said


@contextmanager
def served(receiver: Receiver) -> Iterator[str]:
    """The receiver on this machine; its address."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = receiver.post(dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            if status in (301, 302, 307, 308):
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/som?from=19"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def spoken(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that says just this to whoever connects, a part at a time, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def speak() -> None:
            connection, _ = listening.accept()
            with connection:
                for part in parts:
                    try:
                        connection.sendall(part)
                    except OSError:
                        return
                    if over.wait(pause):
                        return
                if not parts:
                    over.wait(5)

        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()
