"""Starts the API, and ends it on SIGTERM once the requests in flight are answered."""

import os
import signal
import sys

import waitress

from app import create_app
from runnerd_client import RunnerdClient


def main():
    commit = os.environ.get("COMMIT_SHA", "unknown")
    port = int(os.environ.get("PORT", "8080"))
    runnerd = RunnerdClient(os.environ.get("RUNNERD_URL", "http://runnerd:8080"))

    server = waitress.create_server(
        create_app(runnerd, commit), host="0.0.0.0", port=port, threads=8
    )
    # Process 1 of a container ignores SIGTERM unless it says otherwise.
    # Waitress takes SystemExit as: finish what the threads are doing, then return.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(f"api {commit} listens on port {server.effective_port}", flush=True)
    server.run()
    print("api stopped", flush=True)


if __name__ == "__main__":
    main()
