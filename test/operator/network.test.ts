import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { deploy } from "../../lib/operator/deploy.ts";
import { readDeployFlags } from "../../lib/operator/flags.ts";
import { faultsIn } from "../../lib/operator/network-faults.ts";
import type { SeenNetwork, SeenSubnet, WantedNetwork } from "../../lib/operator/network-seen.ts";
import { targetOf } from "../../lib/operator/target.ts";
import { type StubAws, startStubAws } from "./stub-aws.ts";

const vpcId = "vpc-0000000a";
const subnet = (id: string, zone: string, exit: SeenSubnet["exit"]): SeenSubnet => ({
  id,
  vpcId,
  zone,
  routeTableId: `rtb-of-${id}`,
  exit,
});
const wanted: WantedNetwork = {
  vpcId,
  hasPrivateNames: false,
  subnetIds: ["public-a", "public-b"],
  privateSubnetIds: ["private-a", "private-b"],
  securityGroupIds: ["sg-1"],
};
const seen: SeenNetwork = {
  region: "eu-west-1",
  vpc: { hasDns: true },
  subnets: [
    subnet("public-a", "a", "internet_gateway"),
    subnet("public-b", "b", "internet_gateway"),
    subnet("private-a", "a", "other"),
    subnet("private-b", "b", "other"),
  ],
  endpoints: [],
  securityGroups: [{ id: "sg-1", vpcId }],
};
const changed = (id: string, change: Partial<SeenSubnet>): SeenNetwork => ({
  ...seen,
  subnets: seen.subnets.map((one) => (one.id === id ? { ...one, ...change } : one)),
});
const byName = (service: string) => ({
  service: `com.amazonaws.eu-west-1.${service}`,
  isByName: true,
  routeTableIds: [],
});
const s3 = { service: "com.amazonaws.eu-west-1.s3", isByName: false, routeTableIds: ["rtb-of-private-a"] };
const all = ["ecr.api", "ecr.dkr", "logs", "ssm"].map(byName);

describe("a VPC", () => {
  test("with public subnets and private ones behind NAT gateways is as it has to be", () => {
    expect(faultsIn(wanted, seen)).toEqual([]);
    expect(faultsIn({ ...wanted, privateSubnetIds: [], securityGroupIds: [] }, seen)).toEqual([]);
  });

  test("that does not exist is named", () => {
    expect(faultsIn(wanted, { ...seen, vpc: null })).toEqual([
      `There is no VPC ${vpcId} in eu-west-1 of this account.`,
    ]);
  });

  test("names every subnet and security group that does not exist, or is another VPC's", () => {
    const two = seen.subnets.filter(({ id }) => id !== "public-b" && id !== "private-a");
    const elsewhere = two.map((one) => (one.id === "public-a" ? { ...one, vpcId: "vpc-other" } : one));
    expect(faultsIn({ ...wanted, securityGroupIds: ["sg-1", "sg-2"] }, { ...seen, subnets: elsewhere })).toEqual([
      "There is no subnet public-b in eu-west-1 of this account.",
      "There is no subnet private-a in eu-west-1 of this account.",
      "There is no security group sg-2 in eu-west-1 of this account.",
      `The subnet public-a is in vpc-other, not in ${vpcId}.`,
    ]);
    expect(faultsIn(wanted, { ...seen, securityGroups: [{ id: "sg-1", vpcId: "vpc-other" }] })).toEqual([
      `The security group sg-1 is in vpc-other, not in ${vpcId}.`,
    ]);
  });

  test.each<[string, SeenNetwork, string[]]>([
    [
      "load balancers in one zone",
      changed("public-b", { zone: "a" }),
      [
        "public-a and public-b are all in a: -c subnetIds takes subnets in two availability zones at least.",
        "public-a and public-b are both in a: a load balancer takes one subnet a zone.",
        "private-b is in b, where no load balancer would be: name a public subnet of that zone in -c subnetIds, too, or leave private-b out.",
      ],
    ],
    [
      "tasks in one zone",
      changed("private-b", { zone: "a" }),
      ["private-a and private-b are all in a: -c privateSubnetIds takes subnets in two availability zones at least."],
    ],
    [
      "load balancers that nobody reaches",
      changed("public-b", { exit: "other" }),
      [
        "public-b has no route to an internet gateway, so that no visitor would reach a load balancer there. Name public subnets with -c subnetIds, or add the route: aws ec2 create-route --route-table-id rtb-of-public-b --destination-cidr-block 0.0.0.0/0 --gateway-id IGW",
      ],
    ],
  ])("with %s is refused", (_, network, faults) => expect(faultsIn(wanted, network)).toEqual(faults));
});

describe("a private subnet without a NAT gateway", () => {
  const shut = changed("private-a", { exit: "none" });

  test("needs endpoints, and is told each that is missing and how to add it", () => {
    const [fault = "", ...more] = faultsIn(wanted, { ...shut, endpoints: [byName("logs")] });
    expect(more).toEqual([]);
    expect(fault.split("\n")).toEqual([
      "Tasks in private-a could not start: there is no route to a NAT gateway, and no endpoint for ecr.api, ecr.dkr, ssm, s3. Add a NAT gateway:",
      "  aws ec2 create-route --route-table-id rtb-of-private-a --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT",
      "or what is missing of the endpoints, whose security group SG lets in port 443 from the tasks:",
      ...["ecr.api", "ecr.dkr", "ssm"].map(
        (service) =>
          `  aws ec2 create-vpc-endpoint --vpc-id ${vpcId} --vpc-endpoint-type Interface --service-name com.amazonaws.eu-west-1.${service} --private-dns-enabled --subnet-ids private-a private-b --security-group-ids SG`,
      ),
      `  aws ec2 create-vpc-endpoint --vpc-id ${vpcId} --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-of-private-a`,
    ]);
  });

  test("is told once what others lack, too", () => {
    const both = { ...shut, subnets: shut.subnets.map((one) => ({ ...one, routeTableId: `rtb-${one.zone}` })) };
    const none = both.subnets.map((one) => (one.id.startsWith("private") ? { ...one, exit: "none" as const } : one));
    const [fault = "", ...more] = faultsIn(wanted, { ...both, subnets: none, endpoints: all });
    expect(more).toEqual([]);
    expect(fault).toContain("Tasks in private-a and private-b could not start");
    expect(fault.match(/create-route/g)).toHaveLength(2);
    expect(fault.match(/create-vpc-endpoint.*$/m)?.[0]).toContain("s3 --route-table-ids rtb-a rtb-b");
  });

  test("is as it has to be with all of them", () => {
    expect(faultsIn(wanted, { ...shut, endpoints: [...all, s3] })).toEqual([]);
    expect(faultsIn(wanted, { ...shut, endpoints: [...all, byName("s3")] })).toEqual([]);
  });

  test.each<[string, SeenNetwork["endpoints"], boolean, string]>([
    [
      "the gateway of S3 is in another route table",
      [...all, { ...s3, routeTableIds: ["rtb-other"] }],
      true,
      "no endpoint for s3.",
    ],
    [
      "the service's name does not lead to the endpoint",
      [...all.slice(1), { ...byName("ecr.api"), isByName: false }, s3],
      true,
      "for ecr.api.",
    ],
    ["an endpoint is of another region", [...all.slice(1), byName("ecr.api.fips"), s3], true, "for ecr.api."],
    ["the VPC has no DNS for the endpoints' names", [...all, s3], false, "does not resolve the names of endpoints"],
    ["there is neither an endpoint nor DNS", [], false, "--enable-dns-hostnames"],
  ])("is refused where %s", (_, endpoints, hasDns, part) => {
    const faults = faultsIn(wanted, { ...shut, endpoints, vpc: { hasDns } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(part);
  });

  test("has no way out by an internet gateway, since tasks there have no public address", () => {
    const [fault] = faultsIn(wanted, changed("private-b", { exit: "internet_gateway" }));
    expect(fault).toContain(
      "Tasks in private-b could not start: there is no route to a NAT gateway (an internet gateway serves no task without a public address), and no endpoint for ecr.api",
    );
  });
});

describe("npm run deploy", () => {
  let aws: StubAws;
  let cdkCalls: string[][];
  beforeEach(async () => {
    aws = await startStubAws();
    process.env.AWS_ENDPOINT_URL = aws.url;
    process.env.AWS_EC2_METADATA_DISABLED = "true";
    cdkCalls = [];
    aws.ec2 = {
      DescribeVpcs: `<vpcSet><item><vpcId>${vpcId}</vpcId></item></vpcSet>`,
      DescribeSubnets: `<subnetSet>${["a", "b"].map((zone) => `<item><subnetId>subnet-0000000${zone}</subnetId><vpcId>${vpcId}</vpcId><availabilityZone>${zone}</availabilityZone></item>`).join("")}</subnetSet>`,
      DescribeRouteTables: `<routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><main>true</main></item></associationSet><routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId><state>active</state></item></routeSet></item></routeTableSet>`,
      DescribeVpcEndpoints: "<vpcEndpointSet/>",
      DescribeSecurityGroups: "<securityGroupInfo/>",
      DescribeVpcAttribute:
        "<enableDnsSupport><value>true</value></enableDnsSupport><enableDnsHostnames><value>true</value></enableDnsHostnames>",
    };
  });
  afterEach(() => aws.close());

  const plan = async (...args: string[]) => {
    const words = args.flatMap((pair) => ["-c", pair]);
    await deploy(readDeployFlags(["--plan", ...words]), {
      target: await targetOf(
        { profile: null, region: "eu-west-1" },
        { AWS_ACCESS_KEY_ID: "ada", AWS_SECRET_ACCESS_KEY: "secret" },
      ),
      terminal: { say: () => {}, ask: null },
      cdk: (given) => cdkCalls.push([...given]) * 0,
      buildDashboard: async () => "",
      newToken: () => "",
      keepBuildKit: async () => null,
    });
  };
  const given = [`vpcId=${vpcId}`, "subnetIds=subnet-0000000a,subnet-0000000b"];

  test("looks at a VPC before it does anything, and hands it on", async () => {
    await plan(...given);
    expect(cdkCalls[0]).toEqual(expect.arrayContaining(given));
    expect(aws.calls.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(["DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeVpcEndpoints"]),
    );
  });

  test("refuses one in which apps could not run, with everything that is wrong", async () => {
    const wrong = plan(...given, "privateSubnetIds=subnet-0000000c,subnet-0000000d", "securityGroupIds=sg-0000000e");
    await expect(wrong).rejects.toThrow(
      /There is no subnet subnet-0000000c .*\nThere is no subnet subnet-0000000d .*\nThere is no security group sg-0000000e /,
    );
    expect(cdkCalls).toEqual([]);
  });

  test("says who may not look", async () => {
    aws.ec2 = {};
    await expect(plan(...given)).rejects.toThrow("needs ec2:Describe*.\nUnauthorizedOperation");
    expect(cdkCalls).toEqual([]);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ["into another VPC", {}, given],
    ["out of it", { vpcId, subnetIds: "subnet-0000000a,subnet-0000000b" }, ["vpcId=", "subnetIds="]],
  ])("does not move an installation %s", async (_, settings, args) => {
    aws.stacks.set("Slipway", { settings });
    await expect(plan(...args)).rejects.toThrow("cannot be moved to");
    expect(cdkCalls).toEqual([]);
  });

  test("lets an installation that failed be made in another VPC", async () => {
    aws.stacks.set("Slipway", { status: "ROLLBACK_COMPLETE", settings: {} });
    await plan(...given);
    expect(cdkCalls).toHaveLength(1);
  });

  test.each([
    [["subnetIds=subnet-0000000a,subnet-0000000b"], "-c subnetIds need -c vpcId=ID"],
    [[`vpcId=${vpcId}`], "needs -c subnetIds=ID,ID"],
    [[`vpcId=${vpcId}`, "subnetIds=subnet-0000000a"], "takes two at least"],
    [[...given, "privateSubnetIds=subnet-0000000b,subnet-0000000c"], "it can only be one of them"],
    [["vpcId=main"], "-c vpcId must be the ID of a VPC"],
    [["subnetIds=a, b"], "-c subnetIds must be IDs such as subnet-0a1b2c3d, separated by commas"],
    [["subnetIds=subnet-0000000a,subnet-0000000a"], "-c subnetIds must name each only once"],
    [
      [`securityGroupIds=${[1, 2, 3, 4, 5].map((n) => `sg-0000000${n}`).join()}`],
      "-c securityGroupIds must be at most 4",
    ],
  ])("refuses %j before it asks AWS", async (args, message) => {
    await expect(plan(...args)).rejects.toThrow(message);
    expect(aws.calls.filter(({ operation }) => operation.startsWith("DescribeVpc"))).toEqual([]);
  });
});

test("private names need a VPC that resolves them", () => {
  const withoutDns = { ...seen, vpc: { hasDns: false } };
  expect(faultsIn(wanted, withoutDns)).toEqual([]);
  const [fault, ...others] = faultsIn({ ...wanted, hasPrivateNames: true }, withoutDns);
  expect(others).toEqual([]);
  expect(fault).toContain(`aws ec2 modify-vpc-attribute --vpc-id ${vpcId} --enable-dns-hostnames`);
  expect(faultsIn({ ...wanted, hasPrivateNames: true }, seen)).toEqual([]);
});
