import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

FLEET = {"runnerd": "decaf", "runner": "decaf"}


class FakeRunnerd(ThreadingHTTPServer):
    """Keeps the jobs it is sent, hangs up `hang_ups` times, answers once `may_answer` is set."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.jobs = {}
        self.hang_ups = 0
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        jobs = self.server.jobs
        if self.path == "/fleet":
            self.answer(200, FLEET)
        elif self.path == "/jobs":
            self.answer(200, {"jobs": list(jobs.values())})
        elif job := jobs.get(self.path.removeprefix("/jobs/")):
            self.answer(200, job)
        else:
            self.answer(404, {"error": "not found"})

    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        job_id = self.path.removeprefix("/jobs/")
        if body["expression"] == "one too many":
            return self.answer(503, {"error": "50 jobs are waiting already"})
        job = {"id": job_id, "state": "queued", "secret": "runnerd's own", **body}
        self.answer(200, self.server.jobs.setdefault(job_id, job))

    def answer(self, status, body):
        self.server.asked.set()
        self.server.may_answer.wait(5)
        if self.server.hang_ups > 0:
            self.server.hang_ups -= 1
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def runnerd():
    with FakeRunnerd() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def nobody():
    """The address of a port that nobody listens on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"
