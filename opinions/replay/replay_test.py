"""The replays find answers that differ, and nothing in those that do not."""

import json
import unittest

import items
import queues
import releases
from wire import differences

TEMPLATE = {
    "Resources": {
        "Rows": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
            },
        }
    }
}


class Scripted:
    """An emulator that answers what it is told to, in turn."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def json(self, service, target, body, version="1.0"):
        name = target.rpartition(".")[2]
        return None, {"QueueUrl": body["QueueName"]} if name == "CreateQueue" else {"MessageId": "put"}

    def repeat(self, call, request):
        self.asked.append(request)
        return self.answers.pop(0)


def call(service, operation, request, answer=None, error=None, begun=0, ended=0):
    outcome = {"answer": answer or {}} if error is None else {"error": {"__type": error}}
    return {
        "service": service, "operation": operation, "request": request, "status": 200 if error is None else 400, "line": 1,
        "headers": {}, "answer_headers": {}, "begun": begun, "ended": ended, **outcome,
    }


def found(replay, *calls):
    replay.run(list(calls))
    return sorted(f"{finding['rule']} {finding['where']}" for finding in replay.findings.of.values())


def row(**attributes):
    return {name: {"N": str(value)} for name, value in attributes.items()}


def put(**more):
    return call("dynamodb", "PutItem", {"TableName": "Stack-Rows", "Item": row(id=1)}, **more)


def get(answer, **more):
    return call("dynamodb", "GetItem", {"TableName": "Stack-Rows", "Key": row(id=1)}, {"Item": answer}, **more)


def rows(*answers):
    return items.Replay(Scripted(*answers), TEMPLATE, "Stack")


class Differences(unittest.TestCase):
    def test_of_each_kind(self):
        ours, theirs = {"a": 1, "b": [1], "c": "x"}, {"b": [1, 2], "c": "y", "d": 1}
        rules = [(rule, where) for rule, where, *_ in differences(ours, theirs, "answer")]
        self.assertEqual(rules, [("absent-there", "answer.a"), ("count", "answer.b"), ("value", "answer.c"), ("absent-here", "answer.d")])

    def test_what_was_replaced_is_like_anything(self):
        self.assertEqual(list(differences({"a": "[redacted]"}, {"a": "secret"}, "answer")), [])


class Items(unittest.TestCase):
    def test_equal_answers_have_no_findings(self):
        self.assertEqual(found(rows((None, {}), (None, {"Item": {"id": {"N": "1.0"}}})), put(), get(row(id=1), begun=9, ended=9)), [])

    def test_other_errors_and_other_items_are_found(self):
        conflict = ("ConditionalCheckFailedException", {"__type": "ConditionalCheckFailedException"})
        self.assertEqual(found(rows(conflict), put()), ["status dynamodb.PutItem success"])
        self.assertEqual(found(rows((None, {})), put(error="ConditionalCheckFailedException")), ["status dynamodb.PutItem ConditionalCheckFailedException"])
        self.assertEqual(found(rows((None, {"Item": row(id=2)})), get(row(id=1))), ["value dynamodb.GetItem answer.Item.id.N"])

    def test_a_read_beside_a_write_may_see_either(self):
        replay = rows((None, {"Item": row(id=2)}), (None, {}))
        self.assertEqual(found(replay, get(row(id=1), begun=5, ended=6), put(begun=5, ended=7)), [])
        self.assertEqual(replay.looked["reads beside a write"], 1)

    def test_a_query_reads_one_partition(self):
        request = {"TableName": "Stack-Rows", "KeyConditionExpression": "#id = :id AND other > :from", "ExpressionAttributeNames": {"#id": "id"}, "ExpressionAttributeValues": {":id": {"N": "2"}}}
        query = call("dynamodb", "Query", request, {"Count": 1}, begun=5, ended=6)
        replay = rows((None, {"Count": 0}), (None, {}))
        self.assertEqual(found(replay, query, put(begun=5, ended=7)), ["value dynamodb.Query answer.Count"])

    def test_a_repeated_read_is_asked_again_only_after_a_write(self):
        one = {"Item": row(id=1)}
        replay = rows((None, one), (None, {}), (None, {"Item": row(id=2)}))
        again = found(replay, get(row(id=1)), get(row(id=1)), put(begun=50, ended=51), get(row(id=1), begun=99, ended=99))
        self.assertEqual(again, ["value dynamodb.GetItem answer.Item.id.N"])
        self.assertEqual(replay.looked["repeated reads"], 1)

    def test_replaced_numbers_are_numbers(self):
        replay = rows((None, {}))
        request = {"TableName": "Stack-Rows", "Item": {**row(id=1), "secret_number": {"N": "[redacted 0a]"}}}
        self.assertEqual(found(replay, call("dynamodb", "PutItem", request)), [])
        self.assertEqual(replay.emulator.asked[0]["Item"]["secret_number"], {"N": "10"})


class Queues(unittest.TestCase):
    def test_a_message_is_sent_received_and_deleted(self):
        url = {"QueueUrl": "http://host/1/work"}
        body, received = {"MessageBody": "x"}, {"MessageId": "ours", "ReceiptHandle": "here", "Body": "x", "MD5OfBody": "1"}
        theirs = {"MessageId": "theirs", "ReceiptHandle": "there", "Body": "x", "MD5OfBody": "2"}
        replay = queues.Replay(Scripted((None, {"MessageId": "theirs"}), (None, {"Messages": [theirs]}), (None, {"Successful": [{"Id": "0"}]})))
        calls = [
            call("sqs", "SendMessage", {**url, **body, "DelaySeconds": 60}, {"MessageId": "ours"}),
            call("sqs", "ReceiveMessage", url, {"Messages": [received]}),
            call("sqs", "DeleteMessageBatch", {**url, "Entries": [{"Id": "0", "ReceiptHandle": "here"}]}, {"Successful": [{"Id": "0"}]}),
        ]
        self.assertEqual(found(replay, *calls), ["value sqs.ReceiveMessage answer.MD5OfBody"])
        self.assertEqual(replay.emulator.asked[0]["DelaySeconds"], 0)
        self.assertEqual(replay.emulator.asked[2]["Entries"][0]["ReceiptHandle"], "there")


class Releases(unittest.TestCase):
    def test_things_have_the_names_that_the_emulator_gave_them(self):
        ours, theirs = "arn:aws:ecs:us-east-1:1:task-definition/a:1", "arn:aws:ecs:us-east-1:1:task-definition/a:7"
        replay = releases.Replay(Scripted((None, {"arn": theirs, "cpu": "256"}), (None, {"arn": theirs})), TEMPLATE)
        calls = [call("ecs", "RegisterTaskDefinition", {"cpu": "512"}, {"arn": ours, "cpu": "512"}), call("ecs", "DescribeTaskDefinition", {"arn": ours}, {"arn": ours})]
        self.assertEqual(found(replay, *calls), ["value ecs.RegisterTaskDefinition answer.cpu"])
        self.assertEqual(replay.emulator.asked[1], {"arn": theirs})


if __name__ == "__main__":
    unittest.main()
