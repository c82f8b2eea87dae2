"""The judges of this folder find what is wrong, and nothing in what is right."""

import json
import unittest

import calls
import policies

SERVICE = {"cluster": "apps", "serviceName": "hello", "launchType": "FARGATE", "desiredCount": 1}
JSON_TYPE = {"content-type": "application/x-amz-json-1.1"}
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}
GROUP = {"Action": "CreateTargetGroup", "Version": "2015-12-01", "Name": "hello", "Port": "80", "Protocol": "HTTP", "Tags.member.1.Key": "k"}
GROUP_ANSWER = (
    '<CreateTargetGroupResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><CreateTargetGroupResult>'
    "<TargetGroups><member><Protocol>HTTP</Protocol><Port>80</Port></member></TargetGroups>"
    "</CreateTargetGroupResult></CreateTargetGroupResponse>"
)


def call(service, operation, request, answer=None, **more):
    return {
        "service": service, "operation": operation, "method": "POST", "path": "/", "headers": JSON_TYPE, "request": request,
        "status": 200, "answer_headers": JSON_TYPE, "answer": answer, **more,
    }


def create_service(answer=None, **changes):
    request = {name: value for name, value in {**SERVICE, **changes}.items() if value is not None}
    return call("ecs", "CreateService", request, answer or {})


def create_group(answer=GROUP_ANSWER, **changes):
    return call("elasticloadbalancing", "CreateTargetGroup", {**GROUP, **changes}, answer, headers=FORM_TYPE, answer_headers={"content-type": "text/xml"})


def found(*given):
    judge = calls.Judge()
    for one in given:
        calls.judge_call(judge, json.loads(json.dumps(one)))
    return sorted(f"{finding['rule']} {finding['where']}" for finding in judge.findings.values())


class Calls(unittest.TestCase):
    def test_right_calls_have_no_findings(self):
        self.assertEqual(found(create_service(), create_group()), [])

    def test_requests_in_json(self):
        self.assertEqual(found(create_service(serviceName=None)), ["required ecs.CreateService request.serviceName"])
        self.assertEqual(found(create_service(launchType="CLOUD")), ["enumeration ecs.CreateService request.launchType"])
        self.assertEqual(found(create_service(desiredCount="1")), ["type ecs.CreateService request.desiredCount"])
        self.assertEqual(found(create_service(nothing=1)), ["unknown-member ecs.CreateService request.nothing"])

    def test_requests_in_forms(self):
        self.assertEqual(found(create_group(Port="99999")), ["range elasticloadbalancing.CreateTargetGroup request.Port"])
        self.assertEqual(found(create_group(Nothing="1")), ["unknown-member elasticloadbalancing.CreateTargetGroup request.Nothing"])
        self.assertEqual(
            found(create_group(**{"Tags.member.1.Key": "k" * 129})),
            ["length elasticloadbalancing.CreateTargetGroup request.Tags[].Key"],
        )

    def test_answers(self):
        self.assertEqual(
            found(create_service(answer={"service": {"launchType": "CLOUD"}})),
            ["enumeration ecs.CreateService answer.service.launchType"],
        )
        self.assertEqual(
            found(create_group(answer=GROUP_ANSWER.replace(">HTTP<", ">GOPHER<"))),
            ["enumeration elasticloadbalancing.CreateTargetGroup answer.TargetGroups[].Protocol"],
        )
        upload = call("ecr", "InitiateLayerUpload", {"repositoryName": "hello"}, {"uploadId": "1", "partSize": 10})
        self.assertEqual(found(upload), ["pattern ecr.InitiateLayerUpload answer.uploadId"])

    def test_errors(self):
        refused = {**create_service(), "status": 400, "error": {"__type": "NoSuchError"}}
        self.assertEqual(found(refused), ["unknown-error ecs.CreateService NoSuchError"])
        self.assertEqual(found({**refused, "error": {"__type": "ClusterNotFoundException"}}), [])

    def test_operations(self):
        self.assertEqual(found(call("ecs", "MakeCoffee", {})), ["unknown-operation ecs MakeCoffee"])
        self.assertEqual(found(call("s3", None, None, method="PATCH", path="/bucket/key")), ["unknown-operation s3 PATCH"])
        put = call("s3", None, "[3 bytes]", method="PUT", path="/bucket/key?x-id=PutObject", answer_headers={})
        self.assertEqual(found(put), [])

    def test_what_was_replaced_is_not_judged(self):
        self.assertEqual(found(create_service(launchType="[redacted]")), [])


TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
QUEUE = {"Fn::GetAtt": ["Queue", "Arn"]}


def rules(action, resource, **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    resources = {
        "Table": {"Type": "AWS::DynamoDB::Table"},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Thing": {"Type": "AWS::Nobody::Knows"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
        "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": "Role"}]}},
    }
    looked, findings = policies.judge({"Resources": resources})
    return [finding["rule"] for finding in findings]


class Policies(unittest.TestCase):
    def test_right_statements_have_no_findings(self):
        self.assertEqual(rules("sqs:SendMessage", QUEUE), [])
        self.assertEqual(rules("dynamodb:Query", {"Fn::Join": ["", [TABLE, "/index/*"]]}), [])
        self.assertEqual(rules("dynamodb:ListStreams", "*"), [])

    def test_actions(self):
        self.assertEqual(rules("sqs:SendMessageBatch", QUEUE), ["unknown-action"])
        self.assertEqual(rules("sqs:*", QUEUE), ["wildcard-action"])

    def test_resources(self):
        self.assertEqual(rules("sqs:SendMessage", TABLE), ["no-such-resource"])
        self.assertEqual(rules("dynamodb:ListStreams", TABLE), ["no-such-resource"])
        self.assertEqual(rules("sqs:SendMessage", "*"), ["wildcard-resource"])
        self.assertEqual(rules("sqs:SendMessage", {"Fn::GetAtt": ["Thing", "Arn"]}), ["unresolved"])
        self.assertEqual(rules("sqs:SendMessage", QUEUE, NotAction="sqs:Purge"), ["negated"])


if __name__ == "__main__":
    unittest.main()
