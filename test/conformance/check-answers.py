"""A second checker of our answers, independent of the SDK's schemas: botocore's parser and ParamValidator.

stdin: one exchange a line, {"service" (signing name), "operation", "status", "responseBody"}.
stdout: one finding a line, {"exchange": <number of the line>, "call", "finding"}; none when all is well.
The raw body is compared with the shapes, too, because the parser drops members that it does not know and is
lenient about types (a count as a string is not noticed by JavaScript, but it is by Go and Java).
"""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree

import botocore.session
from botocore.parsers import create_parser
from botocore.validate import ParamValidator

# Signing name -> botocore's name.
SERVICES = {
    "ecs": "ecs",
    "ecr": "ecr",
    "logs": "logs",
    "sts": "sts",
    "elasticloadbalancing": "elbv2",
    "application-autoscaling": "application-autoscaling",
    "monitoring": "cloudwatch",
}
# Any operation may answer these (docs: "Common errors" of each service); models do not declare them.
COMMON = {
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignature", "IncompleteSignatureException",
    "InvalidAction", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken",
    "MissingAuthenticationTokenException", "NotAuthorized", "RequestExpired", "SerializationException",
    "SignatureDoesNotMatch", "Throttling", "ThrottlingException", "UnknownOperationException",
    "UnrecognizedClientException", "ValidationError", "ValidationException", "MalformedQueryString",
}

session = botocore.session.get_session()
models = {}


def model_of(signing_name):
    if signing_name not in SERVICES:
        raise SystemExit(f"check-answers.py does not know the service {signing_name}; add it to SERVICES")
    if signing_name not in models:
        models[signing_name] = session.get_service_model(SERVICES[signing_name])
    return models[signing_name]


def check_json(value, shape, path):
    """Findings in a raw JSON value: unknown members, wrong JSON types, values outside of an enum."""
    kind = shape.type_name
    if value is None:
        yield f"{path} is null"
    elif kind == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no object"
            return
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, member in value.items():
            if name not in names:
                yield f"{path}.{name} is unknown"
            else:
                yield from check_json(member, names[name], f"{path}.{name}")
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for number, member in enumerate(value):
            yield from check_json(member, shape.member, f"{path}[{number}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path} is no map"
            return
        for name, member in value.items():
            yield from check_json(member, shape.value, f"{path}.{name}")
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{path} is no string: {value!r}"
        elif shape.enum and value not in shape.enum:
            yield f"{path} is {value!r}, none of {shape.enum}"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{path} is no boolean: {value!r}"
    elif kind in ("integer", "long") and (isinstance(value, bool) or not isinstance(value, int)):
        yield f"{path} is no integer: {value!r}"
    elif kind in ("float", "double", "timestamp") and (isinstance(value, bool) or not isinstance(value, (int, float))):
        yield f"{path} is no number: {value!r}"


def local(element):
    return re.sub(r"^\{.*\}", "", element.tag)


def check_xml(element, shape, path):
    """The same for an element of the query protocol."""
    kind = shape.type_name
    if kind == "structure":
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            if local(child) not in names:
                yield f"{path}.{local(child)} is unknown"
            else:
                yield from check_xml(child, names[local(child)], f"{path}.{local(child)}")
    elif kind == "list":
        wanted = shape.member.serialization.get("name", "member")
        for number, child in enumerate(element):
            if local(child) != wanted:
                yield f"{path}[{number}] is <{local(child)}>, not <{wanted}>"
            yield from check_xml(child, shape.member, f"{path}[{number}]")
    elif kind == "string":
        if shape.enum and (element.text or "") not in shape.enum:
            yield f"{path} is {element.text!r}, none of {shape.enum}"
    elif kind == "boolean" and element.text not in ("true", "false"):
        yield f"{path} is no boolean: {element.text!r}"
    elif kind in ("integer", "long") and not re.fullmatch(r"-?\d+", element.text or ""):
        yield f"{path} is no integer: {element.text!r}"
    elif kind == "timestamp" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", element.text or ""):
        yield f"{path} is no timestamp: {element.text!r}"


def check_raw(body, operation, protocol):
    shape = operation.output_shape
    if protocol == "json":
        if shape is not None:
            yield from check_json(json.loads(body), shape, "answer")
        elif body not in ("", "{}"):
            yield f"the answer has a body, and AWS's has none: {body[:100]}"
        return
    root = ElementTree.fromstring(body)
    if local(root) != f"{operation.name}Response":
        yield f"the root is <{local(root)}>"
    results = [child for child in root if local(child) == f"{operation.name}Result"]
    if not any(local(child) == "ResponseMetadata" for child in root):
        yield "there is no <ResponseMetadata>"
    if shape is not None and shape.members and len(results) != 1:
        yield f"there are {len(results)} <{operation.name}Result>"
    for result in results if shape is not None else []:
        yield from check_xml(result, shape, "answer")


def parsed(body, status, shape, protocol):
    return create_parser(protocol).parse({"status_code": status, "headers": {}, "body": body.encode()}, shape)


def check_error(exchange, operation, protocol):
    answer = parsed(exchange["responseBody"], exchange["status"], operation.output_shape, protocol)
    code = answer.get("Error", {}).get("Code", "")
    if exchange["status"] >= 500:
        yield f"HTTP {exchange['status']} {code}: {answer.get('Error', {}).get('Message')}"
    if not answer.get("Error", {}).get("Message"):
        yield f"{code} has no message"
    for shape in operation.error_shapes:
        told = shape.metadata.get("error", {})
        if code in (shape.name, told.get("code"), shape.error_code):
            wanted = told.get("httpStatusCode")
            if wanted is not None and wanted != exchange["status"]:
                yield f"{code} has HTTP {exchange['status']}, AWS {wanted}"
            if protocol == "json":
                body = json.loads(exchange["responseBody"])
                body.pop("__type", None)
                lower = {name.lower(): member for name, member in shape.members.items()}
                if "message" not in lower:
                    body.pop("message", None)
                for name, member in body.items():
                    if name.lower() not in lower:
                        yield f"{code}.{name} is unknown"
                    else:
                        yield from check_json(member, lower[name.lower()], f"{code}.{name}")
            return
    if code not in COMMON:
        declared = ", ".join(sorted(shape.error_code for shape in operation.error_shapes))
        yield f"{code or 'an error without code'} is not declared: {declared}"


def check(exchange):
    model = model_of(exchange["service"])
    protocol = "query" if exchange["responseBody"].lstrip().startswith("<") else "json"
    if exchange["operation"] not in model.operation_names:
        if exchange["status"] == 200:
            yield "botocore knows no such operation"
        return
    operation = model.operation_model(exchange["operation"])
    if exchange["status"] != 200:
        yield from check_error(exchange, operation, protocol)
        return
    yield from check_raw(exchange["responseBody"], operation, protocol)
    if operation.output_shape is None:
        return
    answer = parsed(exchange["responseBody"], 200, operation.output_shape, protocol)
    answer.pop("ResponseMetadata", None)
    report = ParamValidator().validate(answer, operation.output_shape)
    if report.has_errors():
        yield report.generate_report()


for number, line in enumerate(sys.stdin):
    each = json.loads(line)
    try:
        for finding in check(each):
            told = {"exchange": number, "call": f"{each['service']}:{each['operation']}", "finding": finding}
            print(json.dumps(told))
    except Exception as error:  # noqa: BLE001 - an answer that cannot be read is a finding
        told = {"exchange": number, "call": f"{each['service']}:{each['operation']}", "finding": f"unreadable: {error!r}"}
        print(json.dumps(told))
