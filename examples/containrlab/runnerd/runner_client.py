"""Talks to runner over HTTP, patiently: during a deployment a call may meet a task that is going away."""

import json
import time
from http.client import HTTPException
from urllib.request import ProxyHandler, Request, build_opener

ANSWER_WITHIN_SECONDS = 2.0
PAUSE_SECONDS = 0.1

# Services of one cluster talk directly, whatever proxy the environment names.
_direct = build_opener(ProxyHandler({}))


class RunnerClient:
    def __init__(self, url, give_up_after_seconds=20.0):
        self._url = url.rstrip("/")
        self._give_up_after_seconds = give_up_after_seconds

    def run(self, expression):
        """{"value"} or {"error"}. Tries again while nobody answers: running twice does no harm."""
        deadline = time.monotonic() + self._give_up_after_seconds
        while True:
            try:
                return self._call("/run", {"expression": expression})
            except (OSError, HTTPException, ValueError):
                if time.monotonic() >= deadline:
                    return {"error": "no runner answered"}
                time.sleep(PAUSE_SECONDS)

    def commit(self):
        """The commit that runner was built from, or None when it does not answer."""
        try:
            return self._call("/health", answer_within=1.0)["commit"]
        except (OSError, HTTPException, ValueError, KeyError):
            return None

    def _call(self, path, body=None, answer_within=ANSWER_WITHIN_SECONDS):
        request = Request(
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with _direct.open(request, timeout=answer_within) as answer:
            return json.load(answer)
