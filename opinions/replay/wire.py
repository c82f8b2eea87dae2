"""Sends the calls of a recording to an emulator, and compares what is answered."""

import http.client
import json
import re
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

MARK = "[redacted"


def recorded(path):
    """The calls of a recording, each with `line`, and `begun` and `ended` in seconds."""
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            call = json.loads(text)
            ended = datetime.fromisoformat(call["at"].replace("Z", "+00:00")).timestamp()
            yield {**call, "line": number, "ended": ended, "begun": ended - call["milliseconds"] / 1000}


def error_code(call):
    """What a recorded call was refused with; None: it was not."""
    if call["status"] < 400:
        return None
    return code_of(call.get("error"), call["answer_headers"]) or str(call["status"])


def code_of(body, headers):
    if isinstance(body, dict) and "__type" in body:
        return body["__type"].rpartition("#")[2]
    kind = headers.get("x-amzn-errortype")
    if kind:
        return kind.partition(":")[0]
    found = re.search(r"<Code>([^<]*)</Code>", body) if isinstance(body, str) else None
    return found.group(1) if found else None


class Emulator:
    """An AWS emulator on this machine."""

    def __init__(self, url):
        self.address = urlsplit(url)
        self.connection = None

    def call(self, service, headers, body):
        """The error code, or None, and the answer: JSON as a value, XML as text."""
        signed = {
            **headers,
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0",
            "X-Amz-Date": "20260101T000000Z",
        }
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=600)
                self.connection.request("POST", "/", body, signed)
                response = self.connection.getresponse()
                text = response.read().decode()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                # It closed a connection that was idle.
                self.connection = None
                if attempt == 2:
                    raise
        answer = parsed(text)
        if response.status < 400:
            return None, answer
        return code_of(answer, {name.lower(): value for name, value in response.getheaders()}) or str(response.status), answer

    def json(self, service, target, body, version="1.0"):
        return self.call(service, {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}, json.dumps(body))

    def repeat(self, call, request):
        """Sends a recorded call with this request in place of its own."""
        headers = {name: value for name, value in call["headers"].items() if name in ("content-type", "x-amz-target")}
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return self.call(call["service"], headers, urlencode(request) if is_form else json.dumps(request))


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def of_xml(text):
    """The members of a query protocol's result: an element with members is a list, one with children a structure."""
    root = ElementTree.fromstring(text)
    result = next((child for child in root if child.tag.endswith("Result")), None)
    return value_of(result) if result is not None else {}


def value_of(element):
    children = list(element)
    if not children:
        return element.text or ""
    names = [child.tag.rpartition("}")[2] for child in children]
    if set(names) == {"member"}:
        return [value_of(child) for child in children]
    # A list without members is like none.
    return {name: value_of(child) for name, child in zip(names, children) if len(child) or child.text}


def differences(ours, theirs, where):
    """What differs, each as rule, place and both values."""
    if isinstance(ours, str) and MARK in ours:
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            at = f"{where}.{name}"
            if name not in theirs:
                yield "absent-there", at, ours[name], None
            elif name not in ours:
                yield "absent-here", at, None, theirs[name]
            else:
                yield from differences(ours[name], theirs[name], at)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield "count", where, len(ours), len(theirs)
            return
        for one, other in zip(ours, theirs):
            yield from differences(one, other, f"{where}[]")
    elif ours != theirs:
        yield "value", where, ours, theirs


class Findings:
    def __init__(self):
        self.of = {}

    def add(self, rule, where, message):
        self.of.setdefault((rule, where), {"rule": rule, "where": where, "message": message})

    def compare(self, call, ours, theirs, where):
        found = list(differences(ours, theirs, where))
        for rule, at, one, other in found:
            self.add(rule, at, f"line {call['line']}: {one!r:.200} here, {other!r:.200} there")
        return not found
