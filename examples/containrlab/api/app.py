"""The jobs API: checks what comes in, hands it to runnerd, and tells which commits are running."""

import json
import re
import uuid

from bottle import Bottle, HTTPResponse, request, response

from runnerd_client import RunnerdUnreachable

LONGEST_EXPRESSION = 200


def create_app(runnerd, commit):
    """The WSGI application. `runnerd` is a RunnerdClient, or anything with its methods."""
    app = Bottle()

    @app.get("/health")
    def health():
        return {"status": "ok", "service": "api", "commit": commit}

    @app.post("/api/jobs")
    def submit_job():
        expression = read_expression()
        job_id = read_key() or str(uuid.uuid4())
        status, job = runnerd.submit(job_id, expression)
        response.status = 202 if status < 300 else status
        return describe(job) if status < 300 else job

    @app.get("/api/jobs")
    def list_jobs():
        return {"jobs": [describe(job) for job in runnerd.jobs()]}

    @app.get("/api/jobs/<job_id:re:[0-9a-zA-Z-]+>")
    def get_job(job_id):
        job = runnerd.job(job_id)
        if job is None:
            raise problem(404, f"there is no job {job_id}")
        return describe(job)

    @app.get("/api/fleet")
    def fleet():
        try:
            return {"api": commit, **runnerd.fleet()}
        except RunnerdUnreachable:
            return {"api": commit, "runnerd": None, "runner": None}

    @app.error(404)
    @app.error(405)
    @app.error(500)
    def as_json(error):
        response.content_type = "application/json"
        return json.dumps({"error": error.body or error.status_line})

    app.install(runnerd_unreachable_is_503)
    return app


def runnerd_unreachable_is_503(handler):
    """A bottle plugin: without runnerd there are no jobs, but the API itself is well."""

    def guarded(*args, **kwargs):
        try:
            return handler(*args, **kwargs)
        except RunnerdUnreachable as unreachable:
            return problem(503, str(unreachable))

    return guarded


def read_expression():
    try:
        body = json.loads(request.body.read() or b"null")
    except ValueError:
        raise problem(400, "the body is not JSON")
    expression = body.get("expression") if isinstance(body, dict) else None
    if not isinstance(expression, str) or not expression.strip():
        raise problem(400, 'send a JSON object such as {"expression": "6 * 7"}')
    if len(expression) > LONGEST_EXPRESSION:
        raise problem(400, f"an expression has at most {LONGEST_EXPRESSION} characters")
    return expression.strip()


def read_key():
    """A caller that sends its own key may send the request again and still get one job."""
    key = request.get_header("Idempotency-Key")
    if key and not re.fullmatch("[0-9a-zA-Z-]{1,64}", key):
        raise problem(400, "an Idempotency-Key has at most 64 letters, digits and -")
    return key


def describe(job):
    """What the world sees of a job; runnerd may know more."""
    fields = ("id", "expression", "state", "value", "error")
    return {field: job.get(field) for field in fields}


def problem(status, message):
    return HTTPResponse(
        status=status,
        body=json.dumps({"error": message}),
        headers={"Content-Type": "application/json"},
    )
