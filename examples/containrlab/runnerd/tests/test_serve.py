import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen


def test_sigterm_ends_runnerd_soon_and_well(fake_runner):
    service = subprocess.Popen(
        [sys.executable, "serve.py"],
        cwd=Path(__file__).parent.parent,
        env={
            **os.environ,
            "PORT": "0",
            "COMMIT_SHA": "c0ffee",
            "RUNNER_URL": fake_runner.url,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    ready = service.stdout.readline()
    assert ready.startswith("runnerd c0ffee listens on port ")
    url = f"http://127.0.0.1:{int(ready.split()[-1])}"
    job = Request(url + "/jobs/a", method="PUT", data=b'{"expression": "1"}')
    with urlopen(job, timeout=5) as answer:
        assert json.load(answer)["id"] == "a"

    service.send_signal(signal.SIGTERM)
    output, _ = service.communicate(timeout=2)
    assert (service.returncode, output) == (0, "runnerd stopped\n")
