"""Deploys the template, as it is, to MiniStack, and uses what runs there from outside.

Usage: ministack.py ASSEMBLY. Writes one JSON object: `looked`, what was tried, and `findings` with `rule`, `where`, `message`.
"""

import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

import botocore.config
import botocore.exceptions
import botocore.session

from black_box import BlackBox
from wire import Findings

ACCOUNT, REGION, STACK = "000000000000", "us-east-1", "Slipway"
# Beside this folder, whose modules have names that packages have, too.
EMULATORS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "emulators")
STARTS_WITHIN = CREATED_WITHIN = 240
# Resources that MiniStack cannot make are left out one by one.
MOST_REFUSED = 20


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class MiniStack:
    """A running MiniStack that keeps nothing."""

    def __init__(self, directory, app="ministack.app:app"):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {**os.environ, "GATEWAY_PORT": str(self.port), "MINISTACK_HOST": "127.0.0.1", "TMPDIR": directory, "PYTHONPATH": EMULATORS, "LOG_LEVEL": "WARNING", "LAMBDA_EXECUTOR": "local"}
        self.log = open(os.path.join(directory, "log"), "wb")
        command = [sys.executable, "-m", "hypercorn", app, "--bind", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(command, cwd=directory, env=env, stdout=self.log, stderr=self.log, start_new_session=True)
        deadline = time.monotonic() + STARTS_WITHIN
        while socket.socket().connect_ex(("127.0.0.1", self.port)) != 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("MiniStack did not start")
            time.sleep(0.2)

    def client(self, service):
        session = botocore.session.get_session()
        session.set_credentials("test", "test")
        config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=CREATED_WITHIN)
        return session.create_client(service, region_name=REGION, endpoint_url=self.url, config=config)

    def close(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()
        self.log.close()


def zipped(path):
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return file.read()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, _, names in os.walk(path):
            for name in sorted(names):
                file = os.path.join(folder, name)
                archive.write(file, os.path.relpath(file, path))
    return made.getvalue()


def without(resources, gone):
    """The other resources, which do not wait for those that are gone."""
    kept = {name: dict(resource) for name, resource in resources.items() if name not in gone}
    for resource in kept.values():
        waits = resource.get("DependsOn", [])
        resource["DependsOn"] = [name for name in ([waits] if isinstance(waits, str) else waits) if name not in gone]
    return kept


def deploy(ministack, assembly):
    """Creates the stack from the assembly as `cdk deploy` would; answers its resources."""
    put = lambda text: text.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
    s3, cloudformation = ministack.client("s3"), ministack.client("cloudformation")
    with open(os.path.join(assembly, f"{STACK}.assets.json"), encoding="utf-8") as file:
        assets = json.load(file)["files"]
    buckets = set()
    for asset in assets.values():
        for destination in asset["destinations"].values():
            bucket = put(destination["bucketName"])
            if bucket not in buckets:
                s3.create_bucket(Bucket=bucket)
                buckets.add(bucket)
            s3.put_object(Bucket=bucket, Key=put(destination["objectKey"]), Body=zipped(os.path.join(assembly, asset["source"]["path"])))
    ministack.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    bucket = min(buckets)
    with open(os.path.join(assembly, f"{STACK}.template.json"), encoding="utf-8") as file:
        template = json.load(file)

    def create():
        s3.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template).encode())
        cloudformation.create_stack(
            StackName=STACK, TemplateURL=f"{ministack.url}/{bucket}/template.json", DisableRollback=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )

    def settled():
        deadline = time.monotonic() + CREATED_WITHIN
        while (stack := cloudformation.describe_stacks(StackName=STACK)["Stacks"][0])["StackStatus"].endswith("IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise RuntimeError("The stack was not created in time")
            time.sleep(0.5)
        return stack

    refused = {}
    for _ in range(MOST_REFUSED):
        try:
            create()
        except botocore.exceptions.ClientError as error:
            if "Unrecognized resource types" not in str(error):
                raise
            types = re.findall("AWS::[A-Za-z0-9]+::[A-Za-z0-9]+", str(error))
            gone = {name: "its type is not known" for name, resource in template["Resources"].items() if resource["Type"] in types}
        else:
            stack = settled()
            failed = re.match("Resource (\\w+) failed: (.*)", stack.get("StackStatusReason", ""))
            if failed is None:
                break
            gone = {failed.group(1): failed.group(2)}
            cloudformation.delete_stack(StackName=STACK)
        refused |= {name: (template["Resources"][name]["Type"], reason) for name, reason in gone.items()}
        template["Resources"] = without(template["Resources"], gone)
    return refused, stack, cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]


def main():
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="slipway-ministack-") as directory:
        ministack = MiniStack(directory)
        try:
            refused, stack, resources = deploy(ministack, sys.argv[1])
            for kind, reason in refused.values():
                findings.add("resource", kind, reason)
            if stack["StackStatus"] != "CREATE_COMPLETE":
                raise RuntimeError(f"The stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            journey = BlackBox(ministack, outputs, findings)
            journey.run()
        finally:
            ministack.close()
    looked = {"resources": len(resources), "resources left out": len(refused), "steps": journey.steps}
    json.dump({"looked": looked, "findings": list(findings.of.values())}, sys.stdout)


if __name__ == "__main__":
    main()
