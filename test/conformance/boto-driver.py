"""boto3 for tests in another language: one JSON request a line on stdin, one JSON answer a line on stdout.

boto3 and botocore are used as they come, with their default configuration unless a request names another. Answers
are {"id", "ok"} or {"id", "error": {"code", "message", "status", "kind"}}. Timestamps become ISO strings.
"""
import base64
import datetime
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

# The answers for operations that an endpoint has not; the last is for those that boto3 sends without signature.
NOT_THERE = ("UnknownOperationException", "InvalidAction", "MissingAuthenticationToken")

clients = {}
making = threading.Lock()
speaking = threading.Lock()


def client(service, config):
    key = service + json.dumps(config, sort_keys=True)
    with making:
        if key not in clients:
            clients[key] = boto3.session.Session().client(service, config=Config(**config) if config else None)
        return clients[key]


def method(service, config, operation):
    made = client(service, config)
    if operation not in made.meta.service_model.operation_names:
        raise LookupError(f"botocore {botocore.__version__} knows no {service}:{operation}")
    return getattr(made, xform_name(operation))


def call(service, operation, input, config=None):
    return method(service, config, operation)(**input)


def wait(service, waiter, input, delay, attempts):
    client(service, None).get_waiter(xform_name(waiter)).wait(**input, WaiterConfig={"Delay": delay, "MaxAttempts": attempts})


def pages(service, operation, input, page_size):
    made = client(service, None)
    return list(made.get_paginator(xform_name(operation)).paginate(**input, PaginationConfig={"PageSize": page_size}))


def threads(calls, count, config=None):
    """All calls by `count` threads at once; each thread has a client of its own, as boto3's guide recommends."""
    own = threading.local()

    def one(each):
        service, operation, input = each
        if not hasattr(own, "clients"):
            own.clients = {}
        if service not in own.clients:
            with making:
                own.clients[service] = boto3.session.Session().client(
                    service, config=Config(**config) if config else None
                )
        started = time.monotonic()
        try:
            result = {"ok": getattr(own.clients[service], xform_name(operation))(**input)}
        except (ClientError, BotoCoreError) as error:
            result = {"error": described(error)}
        return {**result, "tookMs": round((time.monotonic() - started) * 1000)}

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, calls))


def operations(service):
    """Which operations of botocore's model the endpoint answers: an empty request, unchecked, to each of them."""
    made = client(service, {"parameter_validation": False, "inject_host_prefix": False, "retries": {"total_max_attempts": 1}})
    known = []
    for name, operation in made.meta.method_to_api_mapping.items():
        try:
            getattr(made, name)()
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_THERE:
                continue
        known.append(operation)
    return sorted(known)


def described(error):
    response = getattr(error, "response", {})
    found = response.get("Error", {}) if isinstance(response, dict) else {}
    told = {"kind": type(error).__name__, "code": found.get("Code", ""), "message": str(error)}
    if isinstance(error, ClientError):
        told["message"] = found.get("Message", "")
        told["status"] = response["ResponseMetadata"]["HTTPStatusCode"]
        told["retries"] = response["ResponseMetadata"].get("RetryAttempts", 0)
    if isinstance(error, WaiterError):
        told["message"] = str(error)
    return told


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


def with_bytes(value):
    """{"$bytes": "<base64>"} is how a test writes a blob."""
    if set(value) == {"$bytes"}:
        return base64.b64decode(value["$bytes"])
    return value


def answer(line):
    request = json.loads(line, object_hook=with_bytes)
    told = {"id": request.pop("id")}
    try:
        told["ok"] = COMMANDS[request.pop("do")](**request)
    except Exception as error:  # noqa: BLE001 - every failure is told to the test that asked
        told["error"] = described(error)
    with speaking:
        print(json.dumps(told, default=plain), flush=True)


COMMANDS = {"call": call, "wait": wait, "pages": pages, "threads": threads, "operations": operations}

if __name__ == "__main__":
    with ThreadPoolExecutor(32) as pool:
        for line in sys.stdin:
            pool.submit(answer, line)
