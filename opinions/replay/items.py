"""The recorded calls of DynamoDB and of its streams, replayed."""

import json
import re
from collections import Counter
from decimal import Decimal

from wire import Findings, MARK, error_code

STREAMS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
READS = ("GetItem", "Query", "Scan", "BatchGetItem")
# They depend on who asks and what else happens at the moment, so that no replay can have them.
OF_THE_MOMENT = ("AccessDeniedException", "ThrottlingException", "InternalServerError")
TABLE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def tables_of(template, stack):
    """The properties of the template's tables, by the names that the local mode gives them."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            yield f"{stack}-{logical_id}", resource["Properties"]


def create(emulator, name, properties):
    request = {key: properties[key] for key in TABLE if key in properties}
    stream = properties.get("StreamSpecification")
    if stream:
        request["StreamSpecification"] = {"StreamEnabled": True, **stream}
    error, answer = emulator.json("dynamodb", "DynamoDB_20120810.CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **request})
    if error:
        raise RuntimeError(f"The table {name} could not be created: {answer}")


def usable(value):
    """The same with a number where one was replaced: equal ones have equal marks."""
    if isinstance(value, list):
        return [usable(item) for item in value]
    if not isinstance(value, dict):
        return value
    number = value.get("N")
    if isinstance(number, str) and number.startswith(MARK):
        return {"N": str(int(number.removeprefix(MARK).strip(" ]"), 16))}
    return {name: usable(inner) for name, inner in value.items()}


def canonical(value):
    """The same for numbers that are written in another way, and for sets in another order."""
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (kind, inner), = value.items()
        if kind == "N" and isinstance(inner, str):
            return {"N": number(inner)}
        if kind in ("SS", "NS", "BS") and isinstance(inner, list):
            return {kind: sorted(number(item) if kind == "NS" else item for item in inner)}
    return {name: canonical(inner) for name, inner in value.items()}


def number(text):
    try:
        return format(Decimal(text).normalize(), "f")
    except ArithmeticError:
        return text


def is_of_the_moment(call):
    error = call.get("error") or {}
    reasons = [reason["Code"] for reason in error.get("CancellationReasons", [])] if isinstance(error, dict) else []
    return error_code(call) in OF_THE_MOMENT or "TransactionConflict" in reasons


def table_of(place):
    return place if isinstance(place, str) else place[0]


class Replay:
    def __init__(self, emulator, template, stack, has_streams=True):
        self.emulator, self.has_streams = emulator, has_streams
        self.tables = dict(tables_of(template, stack))
        self.findings = Findings()
        self.writes, self.seen = Counter(), set()
        self.looked = {"writes": 0, "refused writes": 0, "reads": 0, "repeated reads": 0, "reads of an index": 0, "reads beside a write": 0, "stream records": 0}
        for name, properties in self.tables.items():
            create(emulator, name, properties)

    def keys(self, table):
        return [key["AttributeName"] for key in self.tables[table]["KeySchema"]]

    def partition(self, table, item):
        return table, json.dumps(canonical(item.get(self.keys(table)[0])), sort_keys=True)

    def touched(self, call):
        """The partitions that a call reads or writes; a table's name where it may be any of its."""
        request = call["request"]
        if call["operation"] == "TransactWriteItems":
            entries = [entry for item in request["TransactItems"] for entry in item.values()]
            return {self.partition(entry["TableName"], entry.get("Key") or entry["Item"]) for entry in entries}
        if call["operation"] in ("BatchGetItem", "BatchWriteItem"):
            return set(request["RequestItems"])
        named = request.get("Key") or request.get("Item") or self.queried(request)
        return {self.partition(request["TableName"], named) if named else request["TableName"]}

    def queried(self, request):
        """The partition key that a query names; None: it reads an index, or all of a table."""
        key, *_ = self.keys(request["TableName"])
        for name, value in re.findall(r"([#\w]+) = (:\w+)", request.get("KeyConditionExpression", "")):
            if "IndexName" not in request and request.get("ExpressionAttributeNames", {}).get(name, name) == key:
                return {key: request["ExpressionAttributeValues"][value]}
        return None

    def run(self, calls):
        calls = [
            {**call, **{part: usable(call[part]) for part in ("request", "answer", "error") if part in call}}
            for call in calls
            if call["service"] == "dynamodb"
        ]
        writes = [call for call in calls if call["operation"] not in READS + STREAMS and call["status"] < 400]
        self.spans = {}
        for write in writes:
            for place in self.touched(write):
                self.spans.setdefault(table_of(place), []).append((write["begun"], write["ended"], place))
        for call in calls:
            if call["operation"] in STREAMS or is_of_the_moment(call):
                continue
            if call["operation"] not in READS:
                self.replay(call)
                self.writes.update(one for place in self.touched(call) for one in {place, table_of(place)})
            elif (key := self.key_of(call)) in self.seen:
                self.looked["repeated reads"] += 1
            elif self.replay(call):
                self.seen.add(key)
        if self.has_streams:
            self.streams([call for call in calls if call["operation"] == "GetRecords" and call["status"] < 400])

    def key_of(self, call):
        """The same for what is read with the same answer while nothing is written there."""
        written = [self.writes[place] for place in sorted(self.touched(call), key=str)]
        return json.dumps([call["operation"], call["request"], call.get("answer"), written], sort_keys=True)

    def is_beside_a_write(self, call):
        """Whether a write of the same items was under way while they were read: either may have been first."""
        for place in self.touched(call):
            for begun, ended, written in self.spans.get(table_of(place), []):
                is_same = place == written or isinstance(place, str) or isinstance(written, str)
                # A moment's difference between the clocks of the two times of a call.
                if is_same and begun - 0.05 <= call["ended"] and ended + 0.05 >= call["begun"]:
                    return True
        return False

    def replay(self, call):
        """Sends a call; whether its answer could be compared."""
        operation, request = call["operation"], call["request"]
        where = f"dynamodb.{operation}"
        error, answer = self.emulator.repeat(call, request)
        expected = error_code(call)
        is_read = operation in READS
        if is_read and "IndexName" in request and expected is None and error is None:
            # The local mode delays what an index shows by a random time, as DynamoDB may.
            self.looked["reads of an index"] += 1
            return True
        found = Findings()
        if error != expected:
            found.add("status", f"{where} {expected or 'success'}", f"line {call['line']}: {expected or 'success'} here, {error or 'success'} there: {answer!r:.300} for {json.dumps(request):.600}")
        else:
            ours = call["answer"] if expected is None else {"CancellationReasons": call["error"].get("CancellationReasons", [])}
            theirs = answer if expected is None else {"CancellationReasons": answer.get("CancellationReasons", [])}
            found.compare(call, self.comparable(operation, ours), self.comparable(operation, theirs), f"{where} answer")
        if is_read and found.of and self.is_beside_a_write(call):
            self.looked["reads beside a write"] += 1
            return False
        self.looked["reads" if is_read else "writes" if expected is None else "refused writes"] += 1
        for key, finding in found.of.items():
            self.findings.of.setdefault(key, finding)
        return True

    def comparable(self, operation, answer):
        shown = {name: canonical(value) for name, value in (answer or {}).items() if name not in ("ConsumedCapacity", "ItemCollectionMetrics")}
        if operation == "BatchGetItem":
            # DynamoDB promises no order.
            shown["Responses"] = {name: sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) for name, items in shown.get("Responses", {}).items()}
        if operation == "Scan" and "Items" in shown:
            shown["Items"] = sorted(shown["Items"], key=lambda item: json.dumps(item, sort_keys=True))
        if "CancellationReasons" in shown:
            shown["CancellationReasons"] = [{"Code": reason["Code"], "Item": reason.get("Item")} for reason in shown["CancellationReasons"]]
        return shown

    def streams(self, reads):
        """The records of each stream that the local mode handed out are the first of the emulator's."""
        ours = {}
        for call in reads:
            # A local iterator begins with its stream's ARN.
            table = call["request"]["ShardIterator"].split("table/")[1].split("/")[0]
            for record in call["answer"]["Records"]:
                # What DynamoDB deletes because its time is over is not in the recording.
                if "userIdentity" not in record:
                    ours.setdefault(table, {})[record["dynamodb"]["SequenceNumber"]] = record
        for table, records in ours.items():
            theirs = self.records(table)
            for (sequence, one), other in zip(sorted(records.items(), key=lambda pair: int(pair[0])), theirs):
                self.looked["stream records"] += 1
                call = {"line": f"{table} record {sequence}"}
                self.findings.compare(call, self.shown(one), self.shown(other), f"dynamodb.GetRecords {table}")
            if len(theirs) < len(records):
                self.findings.add("count", f"dynamodb.GetRecords {table}", f"{len(records)} records here, {len(theirs)} there")

    @staticmethod
    def shown(record):
        change = record["dynamodb"]
        return canonical({"eventName": record["eventName"], **{name: change[name] for name in ("Keys", "NewImage", "OldImage", "StreamViewType") if name in change}})

    def records(self, table):
        ask = lambda operation, request: self.emulator.json("dynamodb", f"DynamoDBStreams_20120810.{operation}", request)[1]
        stream = ask("ListStreams", {"TableName": table})["Streams"][0]["StreamArn"]
        found = []
        for shard in ask("DescribeStream", {"StreamArn": stream})["StreamDescription"]["Shards"]:
            iterator = ask("GetShardIterator", {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"})["ShardIterator"]
            while iterator:
                page = ask("GetRecords", {"ShardIterator": iterator, "Limit": 200})
                if not page["Records"]:
                    break
                found.extend(page["Records"])
                iterator = page.get("NextShardIterator")
        return found
