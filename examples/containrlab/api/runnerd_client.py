"""Talks to runnerd over HTTP, patiently: during a deployment a call may meet a task that is going away."""

import json
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

ANSWER_WITHIN_SECONDS = 2.5
PAUSE_SECONDS = 0.1

# Services of one cluster talk directly, whatever proxy the environment names.
_direct = build_opener(ProxyHandler({}))


class RunnerdUnreachable(Exception):
    pass


class RunnerdClient:
    def __init__(self, url, give_up_after_seconds=4.0):
        self._url = url.rstrip("/")
        self._give_up_after_seconds = give_up_after_seconds

    def submit(self, job_id, expression):
        """(status, job), or (status, {"error"}) when runnerd will not take it."""
        return self._call("PUT", f"/jobs/{job_id}", {"expression": expression})

    def job(self, job_id):
        """The job, or None."""
        status, job = self._call("GET", f"/jobs/{job_id}")
        return job if status == 200 else None

    def jobs(self):
        """The newest jobs, newest first."""
        return self._call("GET", "/jobs")[1]["jobs"]

    def fleet(self):
        """{"runnerd": commit, "runner": commit or None}"""
        return self._call("GET", "/fleet")[1]

    def _call(self, method, path, body=None):
        """Every call may be repeated without harm, so it is, until someone answers."""
        deadline = time.monotonic() + self._give_up_after_seconds
        while True:
            try:
                return self._call_once(method, path, body)
            except (OSError, HTTPException) as error:
                if time.monotonic() >= deadline:
                    raise RunnerdUnreachable(
                        f"runnerd does not answer at {self._url}"
                    ) from error
                time.sleep(PAUSE_SECONDS)

    def _call_once(self, method, path, body):
        request = Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with _direct.open(request, timeout=ANSWER_WITHIN_SECONDS) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refusal:
            return refusal.code, json.load(refusal)
