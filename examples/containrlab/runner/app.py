"""The runner: evaluates one expression a request. It keeps nothing and knows nobody."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from evaluate import CannotEvaluate, evaluate


class Runner(ThreadingHTTPServer):
    daemon_threads = False  # server_close() then waits for the requests in flight
    request_queue_size = 128

    def __init__(self, port, commit):
        super().__init__(("", port), Handler)
        self.commit = commit


class Handler(BaseHTTPRequestHandler):
    timeout = 5  # a connection that never says anything must not hold up a stop

    def do_GET(self):
        if self.path == "/health":
            commit = self.server.commit
            self.reply(200, {"status": "ok", "service": "runner", "commit": commit})
        else:
            self.reply(404, {"error": "not found"})

    def do_POST(self):
        if self.path != "/run":
            return self.reply(404, {"error": "not found"})
        try:
            length = int(self.headers.get("Content-Length", 0))
            expression = json.loads(self.rfile.read(length))["expression"]
            self.reply(200, run(expression))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.reply(400, {"error": 'send {"expression": "6 * 7"}'})

    def reply(self, status, body):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        """Health checks come every few seconds: a log of them would hide the rest."""


def run(expression):
    """{"value"} or {"error"}: an expression without a value is an answer, too."""
    try:
        return {"value": evaluate(expression)}
    except CannotEvaluate as reason:
        return {"error": str(reason)}
