"""MiniStack with what it lacks to create and delete the template as `npm run deploy` and `npm run uninstall` do.

Resources of these types are only listed, and Application Auto Scaling, which MiniStack does not have, scales nothing.
"""

import json

from ministack.app import app as narrow
from ministack.services.cloudformation import provisioners

UNKNOWN = ["AWS::ApiGatewayV2::RouteResponse", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress", "AWS::Logs::QueryDefinition"]
HANDLERS = provisioners._RESOURCE_HANDLERS


def listed(logical_id, properties, stack_name):
    name = f"{stack_name}-{logical_id}"
    return name, {"Arn": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{name}"}


def widen():
    for kind in UNKNOWN:
        HANDLERS[kind] = {
            "create": listed,
            "update": lambda id, before, after, stack_name, logical_id=None: (id, {}),
            "update_with_logical_id": True,
            "delete": lambda id, properties: None,
        }
    alarms = HANDLERS["AWS::CloudWatch::Alarm"]
    create, delete = alarms["create"], alarms["delete"]
    is_computed = lambda properties: bool((properties or {}).get("Metrics"))
    alarms["create"] = lambda id, properties, stack: (listed if is_computed(properties) else create)(id, properties, stack)
    alarms["delete"] = lambda id, properties: None if is_computed(properties) else delete(id, properties)


widen()


async def app(scope, receive, send):
    target = dict(scope.get("headers", [])).get(b"x-amz-target", b"")
    if not target.startswith(b"AnyScaleFrontendService."):
        return await narrow(scope, receive, send)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-amz-json-1.1")]})
    await send({"type": "http.response.body", "body": json.dumps({"ScalableTargets": []}).encode()})
