"""Starts the runner, and ends it on SIGTERM once the requests in flight are answered."""

import os
import signal
import threading

from app import Runner


def main():
    commit = os.environ.get("COMMIT_SHA", "unknown")
    with Runner(int(os.environ.get("PORT", "8080")), commit) as server:
        # Process 1 of a container ignores SIGTERM unless it says otherwise. shutdown() waits for
        # serve_forever() to return, so it needs a thread of its own.
        stop = threading.Thread(target=server.shutdown)
        signal.signal(signal.SIGTERM, lambda *_: stop.start())
        print(f"runner {commit} listens on port {server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.2)
    print("runner stopped", flush=True)


if __name__ == "__main__":
    main()
