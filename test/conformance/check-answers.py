"""A second checker of our answers, independent of the SDK's schemas: botocore's parser and ParamValidator.

stdin: one exchange a line, {"service" (signing name), "operation", "status", "responseBody"}; CBOR in base64.
stdout: one finding a line, {"exchange": <number of the line>, "call", "finding"}; none when all is well.
The raw body is compared with the shapes, too, because the parser drops members that it does not know and is
lenient about types (a count as a string is not noticed by JavaScript, but it is by Go and Java).
"""
import base64
import datetime
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
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
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


def check_tree(value, shape, path):
    """Findings in raw JSON or CBOR: unknown members, wrong types, values outside of an enum."""
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
                yield from check_tree(member, names[name], f"{path}.{name}")
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for number, member in enumerate(value):
            yield from check_tree(member, shape.member, f"{path}[{number}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path} is no map"
            return
        for name, member in value.items():
            yield from check_tree(member, shape.value, f"{path}.{name}")
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{path} is no string: {value!r}"
        elif shape.enum and value not in shape.enum:
            yield f"{path} is {value!r}, none of {shape.enum}"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{path} is no boolean: {value!r}"
    elif kind in ("integer", "long") and (isinstance(value, bool) or not isinstance(value, int)):
        yield f"{path} is no integer: {value!r}"
    elif kind == "timestamp" and isinstance(value, datetime.datetime):
        return
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


class Wire:
    """One answer's body: its protocol, told by its first character, and its raw tree (none for XML)."""

    def __init__(self, exchange):
        self.status = exchange["status"]
        text = exchange["responseBody"]
        if text.lstrip().startswith("<"):
            self.protocol, self.body, self.tree = "query", text.encode(), None
        elif text == "" or text.lstrip().startswith("{"):
            self.protocol, self.body, self.tree = "json", text.encode(), json.loads(text or "{}")
        else:
            self.protocol, self.body = "smithy-rpc-v2-cbor", base64.b64decode(text)
            parser = create_parser(self.protocol)
            self.tree = parser.parse_data_item(parser.get_peekable_stream_from_bytes(self.body))

    def parsed(self, shape):
        headers = {"smithy-protocol": "rpc-v2-cbor"} if "cbor" in self.protocol else {}
        return create_parser(self.protocol).parse(
            {"status_code": self.status, "headers": headers, "body": self.body}, shape
        )


def check_raw(wire, operation):
    shape = operation.output_shape
    if wire.tree is not None:
        if shape is not None:
            yield from check_tree(wire.tree, shape, "answer")
        elif wire.tree != {}:
            yield f"the answer has a body, and AWS's has none: {wire.tree}"
        return
    root = ElementTree.fromstring(wire.body)
    if local(root) != f"{operation.name}Response":
        yield f"the root is <{local(root)}>"
    results = [child for child in root if local(child) == f"{operation.name}Result"]
    if not any(local(child) == "ResponseMetadata" for child in root):
        yield "there is no <ResponseMetadata>"
    if shape is not None and shape.members and len(results) != 1:
        yield f"there are {len(results)} <{operation.name}Result>"
    for result in results if shape is not None else []:
        yield from check_xml(result, shape, "answer")


def check_error(wire, operation):
    error = wire.parsed(operation.output_shape).get("Error", {})
    code = error.get("Code", "")
    if wire.status >= 500:
        yield f"HTTP {wire.status} {code}: {error.get('Message')}"
    if not error.get("Message"):
        yield f"{code} has no message"
    for shape in operation.error_shapes:
        told = shape.metadata.get("error", {})
        if code not in (shape.name, told.get("code"), shape.error_code):
            continue
        wanted = told.get("httpStatusCode")
        if wanted is not None and wanted != wire.status:
            yield f"{code} has HTTP {wire.status}, AWS {wanted}"
        lower = {name.lower(): member for name, member in shape.members.items()}
        for name, member in (wire.tree or {}).items():
            if name.lower() in lower:
                yield from check_tree(member, lower[name.lower()], f"{code}.{name}")
            elif name not in ("__type", "message"):
                yield f"{code}.{name} is unknown"
        return
    # A missing member is refused before the operation begins, whatever that declares.
    if code not in COMMON and not re.match(r"\d+ validation errors? detected: ", error.get("Message", "")):
        declared = ", ".join(sorted(shape.error_code for shape in operation.error_shapes))
        yield f"{code or 'an error without code'} is not declared: {declared}"


def check(exchange):
    model = model_of(exchange["service"])
    if exchange["operation"] not in model.operation_names:
        if exchange["status"] == 200:
            yield "botocore knows no such operation"
        return
    operation = model.operation_model(exchange["operation"])
    wire = Wire(exchange)
    if wire.status != 200:
        yield from check_error(wire, operation)
        return
    yield from check_raw(wire, operation)
    if operation.output_shape is None:
        return
    answer = wire.parsed(operation.output_shape)
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
