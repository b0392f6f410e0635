import threading

import pytest

from jobs import KEPT, MOST_WAITING, Jobs, TooManyJobs


def run(expression):
    return {"error": "division by zero"} if "/ 0" in expression else {"value": "42"}


def finish(jobs):
    jobs.finish()
    jobs.work()


def test_a_job_waits_runs_and_keeps_its_value():
    jobs = Jobs(run)
    assert jobs.submit("a", "6 * 7") == {
        "id": "a",
        "expression": "6 * 7",
        "state": "queued",
    }
    finish(jobs)
    assert jobs.get("a") == {
        "id": "a",
        "expression": "6 * 7",
        "state": "done",
        "value": "42",
    }


def test_a_job_without_a_value_has_failed_and_says_why():
    jobs = Jobs(run)
    jobs.submit("a", "1 / 0")
    finish(jobs)
    job = jobs.get("a")
    assert (job["state"], job["error"]) == ("failed", "division by zero")


def test_a_job_that_is_running_says_so():
    seen = []
    jobs = Jobs(lambda _: seen.append(jobs.get("a")["state"]) or {"value": "1"})
    jobs.submit("a", "1")
    finish(jobs)
    assert seen == ["running"]


def test_the_same_id_again_is_the_same_job_and_runs_once():
    runs = []
    jobs = Jobs(lambda expression: runs.append(expression) or {"value": "1"})
    jobs.submit("a", "1")
    jobs.submit("a", "1")
    finish(jobs)
    jobs.submit("a", "1")
    finish(jobs)
    assert runs == ["1"]


def test_jobs_run_in_the_order_they_came_and_are_listed_newest_first():
    order = []
    jobs = Jobs(lambda expression: order.append(expression) or {"value": expression})
    for number in "123":
        jobs.submit(number, number)
    finish(jobs)
    assert order == ["1", "2", "3"]
    assert [job["id"] for job in jobs.newest(2)] == ["3", "2"]


def test_too_many_waiting_jobs_are_refused():
    jobs = Jobs(run)
    for number in range(MOST_WAITING):
        jobs.submit(str(number), "1")
    with pytest.raises(TooManyJobs):
        jobs.submit("one more", "1")


def test_the_oldest_results_are_forgotten():
    jobs = Jobs(run)
    for number in range(KEPT + 1):
        jobs.submit(str(number), "1")
        finish(jobs)
    assert jobs.get("0") is None
    assert jobs.get("1")["state"] == "done"
    assert len(jobs.newest(1000)) == KEPT


def test_jobs_that_wait_are_still_run_after_finish():
    jobs = Jobs(run)
    worker = threading.Thread(target=jobs.work)
    jobs.submit("a", "1")
    jobs.submit("b", "1")
    jobs.finish()
    worker.start()
    worker.join(5)
    assert jobs.get("b")["state"] == "done"
