"""Lambda's Runtime API on loopback, for one execution environment: hands out one event at a time, takes what comes of it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

BASE = "/2018-06-01/runtime/"


class RuntimeApi(ThreadingHTTPServer):
    """Events in by `events`: (id, headers, body), None at the end. Outcomes out by `outcomes`: (what, id, body), what being `ready`
    (the runtime asked for its next event), `response`, `error` or `init-error`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: Queue = Queue()
        self.outcomes: Queue = Queue()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        # Small answers must not wait for one another.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def do_GET(self):
        self.server.outcomes.put(("ready", "", b""))
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        request_id, headers, body = event
        self._answer(200, body, {"Lambda-Runtime-Aws-Request-Id": request_id, **headers})

    def do_POST(self):
        body, broken = self._body()
        path = self.path.removeprefix(BASE)
        if path == "init/error":
            self.server.outcomes.put(("init-error", "", body))
        else:
            _, request_id, what = path.split("/")
            self.server.outcomes.put(("error" if broken else what, request_id, body))
        self._answer(202, b"{}", {})

    def _body(self) -> tuple[bytes, bool]:
        """What was posted, and whether trailers say that it broke on the way."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0))), False
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        broken = False
        while trailer := self.rfile.readline().strip():
            broken = broken or trailer.lower().startswith(b"lambda-runtime-function-error-type")
        return b"".join(parts), broken

    def _answer(self, status: int, body: bytes, headers: dict[str, str]):
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: LocalStack logs invocations."""
