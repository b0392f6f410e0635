"""Starts runnerd, and ends it on SIGTERM once requests and waiting jobs are done."""

import os
import signal
import threading

from app import Runnerd
from jobs import Jobs
from runner_client import RunnerClient

FINISH_WITHIN_SECONDS = 5


def main():
    commit = os.environ.get("COMMIT_SHA", "unknown")
    runner = RunnerClient(os.environ.get("RUNNER_URL", "http://runner:8080"))
    jobs = Jobs(runner.run)
    worker = threading.Thread(target=jobs.work, daemon=True)
    worker.start()

    port = int(os.environ.get("PORT", "8080"))
    with Runnerd(port, commit, jobs, runner) as server:
        # Process 1 of a container ignores SIGTERM unless it says otherwise. shutdown() waits for
        # serve_forever() to return, so it needs a thread of its own.
        stop = threading.Thread(target=server.shutdown)
        signal.signal(signal.SIGTERM, lambda *_: stop.start())
        print(f"runnerd {commit} listens on port {server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.2)
    jobs.finish()
    worker.join(FINISH_WITHIN_SECONDS)
    print("runnerd stopped", flush=True)


if __name__ == "__main__":
    main()
