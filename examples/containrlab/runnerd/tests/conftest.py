import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def serving():
    """Runs HTTP servers while a test lasts: serving(server) gives the URL."""
    running = []

    def serve(server):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def fake_runner(serving):
    """A runner that hangs up `server.hang_ups` times before it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer({"status": "ok", "service": "runner", "commit": "decaf"})

        def do_POST(self):
            if self.server.hang_ups > 0:
                self.server.hang_ups -= 1
                return
            length = int(self.headers["Content-Length"])
            expression = json.loads(self.rfile.read(length))["expression"]
            self.answer({"value": f"value of {expression}"})

        def answer(self, body):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hang_ups = 0
    server.url = serving(server)
    return server


@pytest.fixture
def nobody():
    """The address of a port that nobody listens on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"
