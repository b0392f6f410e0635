import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from app import Runnerd
from jobs import MOST_WAITING, Jobs
from runner_client import RunnerClient


@pytest.fixture
def jobs():
    return Jobs(lambda expression: {"value": "42"})


@pytest.fixture
def url(serving, fake_runner, jobs):
    return serving(Runnerd(0, "c0ffee", jobs, RunnerClient(fake_runner.url)))


def get(url):
    with urlopen(url, timeout=5) as answer:
        return json.load(answer)


def put(url, body):
    with urlopen(Request(url, method="PUT", data=body.encode()), timeout=5) as answer:
        return json.load(answer)


def test_health_tells_the_commit(url):
    assert get(url + "/health") == {
        "status": "ok",
        "service": "runnerd",
        "commit": "c0ffee",
    }


def test_fleet_tells_its_own_commit_and_the_runners(url):
    assert get(url + "/fleet") == {"runnerd": "c0ffee", "runner": "decaf"}


def test_a_job_is_taken_run_and_shown(url, jobs):
    assert put(url + "/jobs/a", '{"expression": "6 * 7"}')["state"] == "queued"
    jobs.finish()
    jobs.work()
    assert get(url + "/jobs/a")["value"] == "42"
    assert [job["id"] for job in get(url + "/jobs")["jobs"]] == ["a"]


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"expression": 7}'])
def test_what_is_no_job_is_refused(url, body):
    with pytest.raises(HTTPError, match="400"):
        put(url + "/jobs/a", body)


@pytest.mark.parametrize("path", ["/jobs/unknown", "/jobs/", "/jobs/a/b", "/"])
def test_what_is_not_there_is_404(url, path):
    with pytest.raises(HTTPError, match="404"):
        get(url + path)


def test_a_full_queue_is_503(url, jobs):
    for number in range(MOST_WAITING):
        jobs.submit(str(number), "1")
    with pytest.raises(HTTPError, match="503"):
        put(url + "/jobs/a", '{"expression": "6 * 7"}')
