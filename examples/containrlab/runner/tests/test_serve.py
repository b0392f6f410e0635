import os
import signal
import subprocess
import sys
from pathlib import Path


def test_sigterm_ends_the_runner_at_once_and_well():
    service = subprocess.Popen(
        [sys.executable, "serve.py"],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PORT": "0", "COMMIT_SHA": "c0ffee"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert service.stdout.readline().startswith("runner c0ffee listens on port ")
    service.send_signal(signal.SIGTERM)
    output, _ = service.communicate(timeout=2)
    assert (service.returncode, output) == (0, "runner stopped\n")
