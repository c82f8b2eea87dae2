"""Checks every call of a recording (npm start -- --record FILE) against botocore's models of the services.

Usage: calls.py RECORDING …. Writes one JSON object: `looked`, what was judged, and `findings` with `rule`, `where`, `message`.
"""

import base64
import json
import sys
from collections import Counter
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.parsers
import botocore.session
import regex

# SigV4 scopes whose model has another name.
MODELS = {
    "elasticloadbalancing": "elbv2",
    "execute-api": "apigatewaymanagementapi",
    "monitoring": "cloudwatch",
    "ses": "sesv2",
}
# Scopes of addresses that an operation answered, such as ECR's for layers: what they lead to is no operation.
ADDRESSES = {"ecr-layers"}
STREAMS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
# How models written for UTF-16 say "every character beyond U+FFFF"; here a string has code points.
SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"
# How the mark of what was replaced begins; equal secrets of items have equal marks.
MARK = "[redacted"
# Which every service may answer, so that no model lists them.
COMMON_ERRORS = {
    "AccessDenied", "AccessDeniedException", "InternalFailure", "RequestEntityTooLarge", "RequestEntityTooLargeException",
    "ServiceUnavailable", "Throttling", "ThrottlingException", "ValidationError", "ValidationException",
}
SCALARS = {
    "string": str, "character": str, "boolean": bool, "integer": int, "long": int,
    "float": (int, float), "double": (int, float), "blob": str, "timestamp": (int, float, str),
}

session = botocore.session.get_session()


@lru_cache(maxsize=None)
def model(name):
    return session.get_service_model(name)


class Judge:
    def __init__(self):
        self.findings = {}
        self.calls = Counter()
        self.members = 0

    def report(self, rule, where, message):
        self.findings.setdefault((rule, where), {"rule": rule, "where": where, "message": message})

    def value(self, value, shape, where):
        """Reports whatever of a value does not fit its shape."""
        self.members += 1
        if isinstance(value, str) and MARK in value:
            return
        kind = shape.type_name
        if kind == "structure":
            self.structure(value, shape, where)
        elif kind == "list":
            if not isinstance(value, list):
                return self.report("type", where, f"{shape.name} is a list, not {value!r:.100}")
            self.length(len(value), shape, where)
            for item in value:
                self.value(item, shape.member, f"{where}[]")
        elif kind == "map":
            if not isinstance(value, dict):
                return self.report("type", where, f"{shape.name} is a map, not {value!r:.100}")
            self.length(len(value), shape, where)
            for key, item in value.items():
                self.value(key, shape.key, f"{where}{{key}}")
                self.value(item, shape.value, f"{where}{{}}")
        else:
            self.scalar(value, shape, where)

    def structure(self, value, shape, where):
        if getattr(shape, "is_document_type", False):
            return
        if not isinstance(value, dict):
            return self.report("type", where, f"{shape.name} is a structure, not {value!r:.100}")
        given = {name: inner for name, inner in value.items() if inner is not None}
        for name in shape.required_members:
            if name not in given and shape.members[name].serialization.get("name") not in given:
                self.report("required", f"{where}.{name}", f"{shape.name} lacks {name}")
        names = {**{member.serialization.get("name", name): name for name, member in shape.members.items()}, **{n: n for n in shape.members}}
        for name, inner in given.items():
            if name not in names:
                self.report("unknown-member", f"{where}.{name}", f"{shape.name} has no member {name}")
            else:
                self.value(inner, shape.members[names[name]], f"{where}.{names[name]}")

    def scalar(self, value, shape, where):
        kind = shape.type_name
        number = kind in ("integer", "long", "float", "double")
        if not isinstance(value, SCALARS[kind]) or (number and isinstance(value, bool)):
            return self.report("type", where, f"{shape.name} is a {kind}, not {value!r:.100}")
        limits = shape.metadata
        if number:
            self.range(value, limits, shape, where)
        elif kind == "blob":
            self.length(len(base64.b64decode(value)) if value else 0, shape, where)
        elif kind == "string":
            self.length(len(value), shape, where)
            if shape.enum and value not in shape.enum:
                self.report("enumeration", where, f"{value!r:.100} is none of {', '.join(shape.enum)}")
            pattern = limits.get("pattern")
            if pattern and not regex.fullmatch(pattern.replace(SURROGATES, "\\U00010000-\\U0010FFFF"), value):
                self.report("pattern", where, f"{value!r:.200} does not match {pattern}")

    def range(self, value, limits, shape, where):
        if value < limits.get("min", value) or value > limits.get("max", value):
            self.report("range", where, f"{shape.name} is {limits.get('min', '…')} to {limits.get('max', '…')}, not {value}")

    def length(self, length, shape, where):
        limits = shape.metadata
        if length < limits.get("min", 0) or length > limits.get("max", length):
            self.report("length", where, f"{shape.name} has {limits.get('min', 0)} to {limits.get('max', '…')}, not {length}")


def unflattened(parameters, shape, prefix):
    """The value that the parameters of a query call have below a prefix; None: none. Takes what it reads out of `parameters`."""
    kind = shape.type_name
    if kind == "structure":
        fields = {}
        for name, member in shape.members.items():
            at = member.serialization.get("name", name)
            inner = unflattened(parameters, member, f"{prefix}.{at}" if prefix else at)
            if inner is not None:
                fields[name] = inner
        return fields if fields or not prefix else None
    if kind == "list":
        if parameters.get(prefix) == "":
            del parameters[prefix]
            return []
        step = "" if shape.serialization.get("flattened") else "." + shape.member.serialization.get("name", "member")
        items = []
        while (item := unflattened(parameters, shape.member, f"{prefix}{step}.{len(items) + 1}")) is not None:
            items.append(item)
        return items or None
    text = parameters.pop(prefix, None)
    if text is None:
        return None
    if kind in ("integer", "long"):
        return int(text) if text.lstrip("-").isdigit() else text
    if kind in ("float", "double"):
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def path_pattern(uri):
    parts = regex.split(r"(\{[^}]+\})", uri.split("?")[0])
    return "".join(
        f"(?P<{part[1:-1].rstrip('+')}>{'.+' if part.endswith('+}') else '[^/]+'})" if part.startswith("{") else regex.escape(part)
        for part in parts
    )


def rest_operation(service, call):
    """The operation that a method and a path stand for, with the labels of the path."""
    # The local address of a WebSocket API has the API and the stage in front of what the model knows.
    url = urlsplit(regex.sub("^/_ws/[^/]+/[^/]+(?=/@connections/)", "", call["path"]))
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    best = None
    for name in service.operation_names:
        operation = service.operation_model(name)
        uri = operation.http["requestUri"]
        constants = dict(parse_qsl(uri.partition("?")[2], keep_blank_values=True))
        match = regex.fullmatch(path_pattern(uri), url.path)
        if match is None or operation.http["method"] != call["method"] or any(query.get(key) != value for key, value in constants.items()):
            continue
        rank = (query.get("x-id") == name, len(constants), -len(match.groupdict()))
        if best is None or rank > best[0]:
            best = (rank, operation, {key: unquote(value) for key, value in match.groupdict().items()}, query)
    return best and best[1:]


def rest_input(shape, call, labels, query):
    """The members of a REST request: of its path, its query, its headers and its body."""
    headers, body = call["headers"], call["request"]
    payload = shape.serialization.get("payload")
    values = {}
    for name, member in shape.members.items():
        at = member.serialization.get("name", name)
        place = member.serialization.get("location")
        raw = {"uri": labels, "querystring": query, "header": headers}.get(place, {}).get(at.lower() if place == "header" else at)
        if raw is not None:
            values[name] = raw if member.type_name in ("string", "timestamp") else unflattened({"": raw}, member, "")
        elif place is None and name == payload:
            continue
        elif place is None and isinstance(body, dict) and at in body:
            values[name] = body[at]
    return values


def error_code(call):
    body = call.get("error")
    if isinstance(body, dict) and "__type" in body:
        return body["__type"].rpartition("#")[2]
    kind = call["answer_headers"].get("x-amzn-errortype")
    if kind:
        return kind.partition(":")[0]
    found = regex.search(r"<Code>([^<]*)</Code>", body) if isinstance(body, str) else None
    return found.group(1) if found else None


def judge_error(judge, service, operation, call, where):
    code = error_code(call)
    shapes = [operation.service_model.shape_for_error_code(code)] if code else []
    names = {shape.name for shape in operation.error_shapes} | {shape.error_code for shape in operation.error_shapes}
    # HEAD has no body to say it in.
    if code is None and call["method"] == "HEAD":
        return
    if code not in names and code not in COMMON_ERRORS and shapes[:1] == [None]:
        judge.report("unknown-error", f"{where} {code}", f"the model has no error {code}")
    elif code not in names and code not in COMMON_ERRORS:
        judge.report("unlisted-error", f"{where} {code}", f"the model lists no error {code} for this operation")


def judge_answer(judge, operation, call, where):
    shape = operation.output_shape
    if shape is None:
        return
    answer = call.get("answer")
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "blob":
        return
    if isinstance(answer, dict):
        return judge.value(answer, shape, f"{where} answer")
    if answer is None and not call["answer_headers"].get("content-type", "").endswith("xml"):
        return judge.value({}, shape, f"{where} answer") if operation.service_model.metadata["protocol"].startswith("json") else None
    protocol = "rest-xml" if call["operation"] is None else "query"
    response = {"status_code": call["status"], "headers": call["answer_headers"], "body": (answer or "").encode()}
    read = botocore.parsers.create_parser(protocol).parse(response, shape)
    read.pop("ResponseMetadata", None)
    judge.value(json.loads(json.dumps(read, default=str)), shape, f"{where} answer")


def judge_call(judge, call):
    name = call["operation"]
    service_name = MODELS.get(call["service"], call["service"])
    if call["service"] == "dynamodb" and name in STREAMS:
        service_name = "dynamodbstreams"
    service = model(service_name)
    labels, query = {}, {}
    if name is None:
        found = rest_operation(service, call)
        if found is None:
            return judge.report("unknown-operation", f"{call['service']} {call['method']}", f"no operation is {call['method']} {call['path']}")
        operation, labels, query = found
    elif name not in service.operation_names:
        return judge.report("unknown-operation", f"{call['service']} {name}", f"{service_name} has no operation {name}")
    else:
        operation = service.operation_model(name)
    where = f"{call['service']}.{operation.name}"
    judge.calls[where] += 1
    shape = operation.input_shape
    if shape is not None:
        if name is None:
            given = rest_input(shape, call, labels, query)
        elif call["headers"].get("content-type", "").startswith("application/x-www-form-urlencoded"):
            parameters = {key: value for key, value in call["request"].items() if key not in ("Action", "Version")}
            given = unflattened(parameters, shape, "") or {}
            for left in parameters:
                judge.report("unknown-member", f"{where} request.{regex.sub('[0-9]+', 'N', left)}", f"{shape.name} has no {left}")
        else:
            given = call["request"] or {}
        if name is None and shape.serialization.get("payload"):
            given = {key: value for key, value in given.items() if key != shape.serialization["payload"]}
            required = set(shape.required_members) - {shape.serialization["payload"]}
            for key in required - given.keys():
                judge.report("required", f"{where} request.{key}", f"{shape.name} lacks {key}")
            for key, value in given.items():
                judge.value(value, shape.members[key], f"{where} request.{key}")
        else:
            judge.value(given, shape, f"{where} request")
    # A request that is refused may be wrong on purpose; one that is answered is judged in full.
    if call["status"] >= 400:
        judge_error(judge, service, operation, call, where)
    else:
        judge_answer(judge, operation, call, where)


def main():
    judge = Judge()
    unsigned = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for line in file:
                call = json.loads(line)
                if call["service"] and call["service"] not in ADDRESSES:
                    judge_call(judge, call)
                else:
                    unsigned += 1
    services = Counter()
    for where, count in judge.calls.items():
        services[f"calls of {where.partition('.')[0]}"] += count
    looked = {**dict(sorted(services.items())), "calls": sum(judge.calls.values()), "operations": len(judge.calls), "values": judge.members, "unsigned calls": unsigned}
    json.dump({"looked": looked, "findings": list(judge.findings.values())}, sys.stdout)


if __name__ == "__main__":
    main()
