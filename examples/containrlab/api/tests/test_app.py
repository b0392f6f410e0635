import io
import json
from wsgiref.util import setup_testing_defaults

import pytest

from app import create_app
from runnerd_client import RunnerdClient


class Browser:
    """Asks a WSGI application as a browser would; gives (status, JSON)."""

    def __init__(self, app):
        self._app = app

    def get(self, path):
        return self._ask("GET", path, b"", {})

    def post(self, path, body, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask("POST", path, raw, headers)

    def _ask(self, method, path, body, headers):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        setup_testing_defaults(environ)
        started = []
        answer = self._app(environ, lambda status, *_: started.append(status))
        return int(started[0].split()[0]), json.loads(b"".join(answer))


@pytest.fixture
def api(runnerd):
    return Browser(create_app(RunnerdClient(runnerd.url), "c0ffee"))


@pytest.fixture
def lonely_api(nobody):
    client = RunnerdClient(nobody, give_up_after_seconds=0)
    return Browser(create_app(client, "c0ffee"))


def test_health_tells_the_commit(api):
    health = {"status": "ok", "service": "api", "commit": "c0ffee"}
    assert api.get("/health") == (200, health)


def test_a_job_goes_to_runnerd_and_can_be_asked_for(api, runnerd):
    status, job = api.post("/api/jobs", {"expression": " 6 * 7 "})
    assert (status, job["expression"], job["state"]) == (202, "6 * 7", "queued")
    assert list(runnerd.jobs) == [job["id"]]
    assert api.get(f"/api/jobs/{job['id']}") == (200, job)
    assert api.get("/api/jobs") == (200, {"jobs": [job]})


def test_a_job_shows_only_what_the_world_may_see(api):
    _, job = api.post("/api/jobs", {"expression": "6 * 7"})
    assert set(job) == {"id", "expression", "state", "value", "error"}


def test_a_request_that_is_sent_again_with_its_key_is_one_job(api, runnerd):
    first = api.post("/api/jobs", {"expression": "1"}, idempotency_key="again")
    second = api.post("/api/jobs", {"expression": "1"}, idempotency_key="again")
    assert first == second
    assert list(runnerd.jobs) == ["again"]


@pytest.mark.parametrize("key", ["../fleet", "a b", "x" * 65])
def test_a_key_that_is_no_name_is_refused(api, runnerd, key):
    status, _ = api.post("/api/jobs", {"expression": "1"}, idempotency_key=key)
    assert (status, runnerd.jobs) == (400, {})


def test_two_requests_without_a_key_are_two_jobs(api, runnerd):
    api.post("/api/jobs", {"expression": "1"})
    api.post("/api/jobs", {"expression": "1"})
    assert len(runnerd.jobs) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "send a JSON object"),
        (b"{", "the body is not JSON"),
        ([], "send a JSON object"),
        ({}, "send a JSON object"),
        ({"expression": 7}, "send a JSON object"),
        ({"expression": "  "}, "send a JSON object"),
        ({"expression": "1" * 201}, "at most 200 characters"),
    ],
)
def test_what_is_no_job_is_refused_with_the_reason(api, runnerd, body, reason):
    status, answer = api.post("/api/jobs", body)
    assert (status, runnerd.jobs) == (400, {})
    assert reason in answer["error"]


def test_what_runnerd_refuses_is_passed_on(api):
    refusal = {"error": "50 jobs are waiting already"}
    assert api.post("/api/jobs", {"expression": "one too many"}) == (503, refusal)


def test_an_unknown_job_is_404(api):
    assert api.get("/api/jobs/nope") == (404, {"error": "there is no job nope"})


def test_an_unknown_path_is_404_in_json(api):
    status, answer = api.get("/api/nope")
    assert (status, list(answer)) == (404, ["error"])


def test_fleet_tells_the_commit_of_all_three(api):
    fleet = {"api": "c0ffee", "runnerd": "decaf", "runner": "decaf"}
    assert api.get("/api/fleet") == (200, fleet)


def test_a_runnerd_that_hangs_up_is_asked_again(api, runnerd):
    runnerd.hang_ups = 2
    status, job = api.post("/api/jobs", {"expression": "1"})
    assert (status, list(runnerd.jobs)) == (202, [job["id"]])


def test_without_runnerd_jobs_are_503_but_the_api_is_well(lonely_api):
    assert lonely_api.post("/api/jobs", {"expression": "1"})[0] == 503
    assert lonely_api.get("/api/jobs")[0] == 503
    assert lonely_api.get("/health")[0] == 200
    fleet = {"api": "c0ffee", "runnerd": None, "runner": None}
    assert lonely_api.get("/api/fleet") == (200, fleet)
