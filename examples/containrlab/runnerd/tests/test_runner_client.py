from runner_client import RunnerClient


def test_run_gives_what_the_runner_says(fake_runner):
    assert RunnerClient(fake_runner.url).run("1 + 1") == {"value": "value of 1 + 1"}


def test_run_tries_again_when_a_runner_goes_away(fake_runner):
    fake_runner.hang_ups = 2
    assert RunnerClient(fake_runner.url).run("1 + 1") == {"value": "value of 1 + 1"}
    assert fake_runner.hang_ups == 0


def test_without_a_runner_the_job_fails_instead_of_hanging(nobody):
    client = RunnerClient(nobody, give_up_after_seconds=0)
    assert client.run("1") == {"error": "no runner answered"}


def test_commit_is_that_of_the_runner(fake_runner):
    assert RunnerClient(fake_runner.url).commit() == "decaf"


def test_commit_is_unknown_without_a_runner(nobody):
    assert RunnerClient(nobody).commit() is None
