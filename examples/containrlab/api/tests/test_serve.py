import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen


def start(runnerd):
    return subprocess.Popen(
        [sys.executable, "serve.py"],
        cwd=Path(__file__).parent.parent,
        env={
            **os.environ,
            "PORT": "0",
            "COMMIT_SHA": "c0ffee",
            "RUNNERD_URL": runnerd.url,
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def test_sigterm_lets_a_request_in_flight_finish_and_ends_well(runnerd):
    service = start(runnerd)
    ready = service.stdout.readline()
    assert ready.startswith("api c0ffee listens on port ")
    url = f"http://127.0.0.1:{int(ready.split()[-1])}"

    runnerd.may_answer.clear()
    answers = []
    request = threading.Thread(
        target=lambda: answers.append(urlopen(url + "/api/jobs", timeout=5).status)
    )
    request.start()
    assert runnerd.asked.wait(5)  # the request is in flight now
    service.send_signal(signal.SIGTERM)
    runnerd.may_answer.set()

    output, _ = service.communicate(timeout=2)
    request.join()
    assert (service.returncode, output, answers) == (0, "api stopped\n", [200])
