"""The recorded calls of ECS, Elastic Load Balancing and CodeBuild, replayed.

What an app's tasks do takes its time, which a replay does not have: of calls that only read, whether they are answered is compared;
of calls that change something, every member of the answer.
"""

import re
from urllib.parse import urlencode

from wire import Findings, differences, error_code, of_xml

SERVICES = ("ecs", "elasticloadbalancing", "codebuild")
READ = re.compile("^(Describe|List|BatchGet)")
MOMENT = re.compile("(At|Time)$")
NAMES_A_THING = re.compile(r"^(arn:|subnet-|vpc-|sg-|ecs-svc/)|^[A-Za-z0-9-]+:[0-9a-f-]{36}$")


def scalars(value):
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from scalars(inner)
    else:
        yield str(value)


def member(text, name):
    return re.search(f"<{name}>([^<]*)</{name}>", text).group(1)


class Replay:
    def __init__(self, emulator, template):
        self.emulator, self.template = emulator, template
        self.findings = Findings()
        self.looked = {"changes": 0, "reads": 0, "refusals": 0}
        self.names, self.made = {}, set()

    def run(self, calls):
        for call in calls:
            # On this machine a port may be another program's.
            is_of_the_machine = call["operation"] == "CreateListener" and call["status"] >= 400
            if call["service"] in SERVICES and not is_of_the_machine and error_code(call) not in ("AccessDenied", "AccessDeniedException"):
                self.surround(call)
                self.replay(call)

    def surround(self, call):
        """What the template makes and the call names."""
        request = call["request"]
        if call["service"] == "ecs" and "cluster" in request:
            self.once(request["cluster"], lambda name: self.emulator.json("ecs", "AmazonEC2ContainerServiceV20141113.CreateCluster", {"clusterName": name}, "1.1"))
        if call["operation"] == "StartBuild":
            self.once(request["projectName"], self.project)
        if call["operation"] == "CreateLoadBalancer":
            self.network(request)
        if call["operation"] == "CreateService":
            for group in request["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]:
                self.group(group)

    def once(self, name, make):
        if name not in self.made:
            self.made.add(name)
            error, answer = make(name)
            if error:
                raise RuntimeError(f"{name} could not be made: {answer}")

    def project(self, name):
        properties = next(r["Properties"] for r in self.template["Resources"].values() if r["Type"] == "AWS::CodeBuild::Project")
        environment = {"type": properties["Environment"]["Type"], "image": properties["Environment"]["Image"], "computeType": properties["Environment"]["ComputeType"], "privilegedMode": True}
        request = {
            "name": name, "environment": environment, "artifacts": {"type": "NO_ARTIFACTS"},
            "source": {"type": "S3", "location": "assets/reporter.zip", "buildspec": properties["Source"]["BuildSpec"] if isinstance(properties["Source"]["BuildSpec"], str) else "version: 0.2"},
            "serviceRole": "arn:aws:iam::000000000000:role/builds",
        }
        return self.emulator.json("codebuild", "CodeBuild_20161006.CreateProject", request, "1.1")

    def ec2(self, action, **parameters):
        body = urlencode({"Action": action, "Version": "2016-11-15", **parameters})
        error, answer = self.emulator.call("ec2", {"Content-Type": "application/x-www-form-urlencoded"}, body)
        if error:
            raise RuntimeError(f"{action} failed: {answer}")
        return answer

    def network(self, request):
        if "vpc" in self.made:
            return
        self.made.add("vpc")
        self.vpc = member(self.ec2("CreateVpc", CidrBlock="10.0.0.0/16"), "vpcId")
        for index, name in enumerate(sorted(key for key in request if key.startswith("Subnets."))):
            answer = self.ec2("CreateSubnet", VpcId=self.vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{'ab'[index % 2]}")
            self.names[request[name]] = member(answer, "subnetId")
        self.group(request["SecurityGroups.member.1"])

    def group(self, name):
        if name not in self.names:
            answer = self.ec2("CreateSecurityGroup", VpcId=self.vpc, GroupName=name.removeprefix("sg-"), GroupDescription=name)
            self.names[name] = member(answer, "groupId")

    def theirs(self, value):
        """A value with the emulator's names of things."""
        if isinstance(value, dict):
            return {name: self.theirs(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.theirs(item) for item in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def learn(self, ours, theirs):
        """What is named in the same place is the same thing."""
        if isinstance(ours, dict) and isinstance(theirs, dict):
            for name in ours.keys() & theirs.keys():
                self.learn(ours[name], theirs[name])
        elif isinstance(ours, list) and isinstance(theirs, list):
            for one, other in zip(ours, theirs):
                self.learn(one, other)
        elif isinstance(ours, str) and isinstance(theirs, str) and NAMES_A_THING.match(ours) and NAMES_A_THING.match(theirs):
            self.names[ours] = theirs

    def replay(self, call):
        where = f"{call['service']}.{call['operation']}"
        request = self.theirs(call["request"])
        if call["operation"] == "CreateTargetGroup" and hasattr(self, "vpc"):
            request["VpcId"] = self.vpc
        error, answer = self.emulator.repeat(call, request)
        expected = error_code(call)
        is_read = bool(READ.match(call["operation"]))
        self.looked["refusals" if expected else "reads" if is_read else "changes"] += 1
        if error != expected:
            return self.findings.add("status", f"{where} {expected or 'success'}", f"line {call['line']}: {expected or 'success'} here, {error or 'success'} there: {answer!r:.300}")
        if expected:
            return
        is_xml = call["service"] == "elasticloadbalancing"
        ours, theirs = (of_xml(call["answer"]), of_xml(answer)) if is_xml else (call["answer"], answer)
        if not is_read:
            self.learn(ours, theirs)
            self.compare(call, self.comparable(self.theirs(ours)), self.comparable(theirs), f"{where} answer", set(scalars(request)))

    def compare(self, call, ours, theirs, where, asked):
        """Members that one of them lacks, and values that were asked for. Others depend on what the tasks do at the moment."""
        for rule, at, one, other in differences(ours, theirs, where):
            if rule.startswith("absent") or (rule == "value" and isinstance(one, str) and one in asked):
                self.findings.add(rule, at, f"line {call['line']}: {one!r:.200} here, {other!r:.200} there")

    def comparable(self, value):
        """Without moments; names and values of environments are in the recording only as marks."""
        if isinstance(value, dict):
            return {name: self.comparable(inner) for name, inner in value.items() if not MOMENT.search(name)}
        return [self.comparable(item) for item in value] if isinstance(value, list) else value
