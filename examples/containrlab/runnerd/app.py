"""runnerd's HTTP side: takes jobs from the api, shows them, and tells who runs them."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jobs import TooManyJobs


class Runnerd(ThreadingHTTPServer):
    daemon_threads = False  # server_close() then waits for the requests in flight
    request_queue_size = 128

    def __init__(self, port, commit, jobs, runner):
        super().__init__(("", port), Handler)
        self.commit = commit
        self.jobs = jobs
        self.runner = runner


class Handler(BaseHTTPRequestHandler):
    timeout = 5  # a connection that never says anything must not hold up a stop

    def do_GET(self):
        server = self.server
        if self.path == "/health":
            self.reply(
                200, {"status": "ok", "service": "runnerd", "commit": server.commit}
            )
        elif self.path == "/fleet":
            self.reply(
                200, {"runnerd": server.commit, "runner": server.runner.commit()}
            )
        elif self.path == "/jobs":
            self.reply(200, {"jobs": server.jobs.newest()})
        elif job := server.jobs.get(self.job_id()):
            self.reply(200, job)
        else:
            self.reply(404, {"error": "not found"})

    def do_PUT(self):
        job_id = self.job_id()
        if job_id is None:
            return self.reply(404, {"error": "not found"})
        try:
            length = int(self.headers.get("Content-Length", 0))
            expression = json.loads(self.rfile.read(length))["expression"]
            if not isinstance(expression, str):
                raise TypeError("an expression is text")
            self.reply(200, self.server.jobs.submit(job_id, expression))
        except (ValueError, KeyError, TypeError):
            self.reply(400, {"error": 'send {"expression": "6 * 7"}'})
        except TooManyJobs as reason:
            self.reply(503, {"error": str(reason)})

    def job_id(self):
        match = re.fullmatch(r"/jobs/([0-9a-zA-Z-]{1,64})", self.path)
        return match and match[1]

    def reply(self, status, body):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        """Health checks come every few seconds: a log of them would hide the rest."""
