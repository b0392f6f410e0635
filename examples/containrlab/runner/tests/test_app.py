import json
import threading
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from app import Runner


@pytest.fixture
def url():
    with Runner(0, "c0ffee") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def post(url, body):
    with urlopen(url, data=body.encode(), timeout=5) as answer:
        return json.load(answer)


def test_health_tells_the_commit(url):
    with urlopen(url + "/health", timeout=5) as answer:
        health = json.load(answer)
    assert health == {"status": "ok", "service": "runner", "commit": "c0ffee"}


def test_a_job_gives_its_value(url):
    assert post(url + "/run", '{"expression": "6 * 7"}') == {"value": "42"}


def test_a_job_without_a_value_gives_the_reason(url):
    assert post(url + "/run", '{"expression": "1 / 0"}') == {
        "error": "division by zero"
    }


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"expression": 7}', '{"expression": ["1"]}']
)
def test_what_is_no_job_is_refused(url, body):
    with pytest.raises(HTTPError, match="400"):
        post(url + "/run", body)


def test_other_paths_do_not_exist(url):
    with pytest.raises(HTTPError, match="404"):
        post(url + "/eval", '{"expression": "6 * 7"}')
