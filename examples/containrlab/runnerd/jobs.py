"""The jobs that runnerd knows: a queue and the last results, in memory."""

import queue
import threading

KEPT = 100
MOST_WAITING = 50
LAST = None


class TooManyJobs(Exception):
    pass


class Jobs:
    """`run(expression)` gives {"value"} or {"error"}; one thread calls work()."""

    def __init__(self, run):
        self._run = run
        self._jobs = {}
        self._waiting = queue.Queue()
        self._lock = threading.Lock()

    def submit(self, job_id, expression):
        """Takes a job once: the same id again gives the job that is already here."""
        with self._lock:
            if job_id not in self._jobs:
                if self._waiting.qsize() >= MOST_WAITING:
                    raise TooManyJobs(f"{MOST_WAITING} jobs are waiting already")
                job = {"id": job_id, "expression": expression, "state": "queued"}
                self._jobs[job_id] = job
                self._forget_oldest()
                self._waiting.put(job_id)
            return dict(self._jobs[job_id])

    def get(self, job_id):
        with self._lock:
            job = self._jobs.get(job_id)
            return None if job is None else dict(job)

    def newest(self, count=20):
        with self._lock:
            return [dict(job) for job in reversed(list(self._jobs.values())[-count:])]

    def work(self):
        """Runs jobs, oldest first, until finish() was called and none is left."""
        while (job_id := self._waiting.get()) is not LAST:
            expression = self._change(job_id, state="running")["expression"]
            outcome = self._run(expression)
            state = "failed" if "error" in outcome else "done"
            self._change(job_id, state=state, **outcome)

    def finish(self):
        self._waiting.put(LAST)

    def _change(self, job_id, **fields):
        with self._lock:
            self._jobs[job_id].update(fields)
            return dict(self._jobs[job_id])

    def _forget_oldest(self):
        ended = [
            j["id"] for j in self._jobs.values() if j["state"] in ("done", "failed")
        ]
        for job_id in ended[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[job_id]
