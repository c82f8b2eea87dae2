import { createHash } from "node:crypto";
import type { LocalContext, ProvidedResource, Resource, ResourceProvider } from "../kernel/part.ts";

/** Resource types that have no local effect, with the reason. Other resources cannot refer to their attributes. */
export const IGNORED_TYPES: Readonly<Record<string, string>> = {
  "AWS::CDK::Metadata": "usage data for AWS",
  "AWS::CloudWatch::CompositeAlarm": "composite alarms are not evaluated locally",
  "AWS::CloudWatch::Dashboard": "its metrics are not collected locally",
  "AWS::EC2::NetworkAclEntry": "there is no local network to filter",
  "AWS::EC2::Route": "there is no local network to route",
  "AWS::EC2::SecurityGroupEgress": "there is no local network to filter",
  "AWS::EC2::SecurityGroupIngress": "there is no local network to filter",
  "AWS::EC2::SubnetRouteTableAssociation": "there is no local network to route",
  "AWS::EC2::VPCGatewayAttachment": "there is no local network to route",
  "AWS::KMS::Alias": "no key is needed locally",
  "AWS::Logs::MetricFilter": "its metrics are not collected locally",
  "AWS::Logs::QueryDefinition": "a saved query of the console",
  "AWS::SNS::Subscription": "alarms send no messages locally",
  "AWS::SNS::TopicPolicy": "nothing publishes to a topic locally",
};

type Place = Pick<LocalContext, "account" | "region">;

/** A resource that is nothing but a generated id: `vpc-0f3a…`. */
interface Identified {
  readonly prefix: string;
  /** Attributes that yield the id as well. */
  readonly ids: readonly string[];
  /** Attributes that yield the property of the same name. */
  readonly copies?: readonly string[];
  /** Attributes that yield an id of their own, with that prefix. */
  readonly companions?: Readonly<Record<string, string>>;
}

const IDENTIFIED: Readonly<Record<string, Identified>> = {
  "AWS::EC2::EIP": { prefix: "eipalloc", ids: ["AllocationId"] },
  "AWS::EC2::FlowLog": { prefix: "fl", ids: ["Id"] },
  "AWS::EC2::InternetGateway": { prefix: "igw", ids: ["InternetGatewayId"] },
  "AWS::EC2::NatGateway": { prefix: "nat", ids: ["NatGatewayId"] },
  "AWS::EC2::NetworkAcl": { prefix: "acl", ids: ["Id"] },
  "AWS::EC2::RouteTable": { prefix: "rtb", ids: ["RouteTableId"] },
  "AWS::EC2::SecurityGroup": { prefix: "sg", ids: ["GroupId", "Id"], copies: ["VpcId"] },
  "AWS::EC2::Subnet": { prefix: "subnet", ids: ["SubnetId"], copies: ["AvailabilityZone", "CidrBlock", "VpcId"] },
  "AWS::EC2::VPC": {
    prefix: "vpc",
    ids: ["VpcId"],
    copies: ["CidrBlock"],
    companions: { DefaultNetworkAcl: "acl", DefaultSecurityGroup: "sg" },
  },
  "AWS::EC2::VPCEndpoint": { prefix: "vpce", ids: ["Id"] },
};

/** A resource that is nothing but a name and an ARN made of it. */
interface Named {
  /** The property that names it. */
  readonly property: string;
  /** What follows `arn:aws:`. */
  readonly arn: (name: string, place: Place) => string;
  /** The attributes that yield the ARN and the name, and whether `Ref` yields the one or the other. */
  readonly arnAttribute: string;
  readonly nameAttribute?: string;
  readonly ref: "arn" | "name";
}

const NAMED: Readonly<Record<string, Named>> = {
  "AWS::CloudWatch::Alarm": {
    property: "AlarmName",
    arn: (name, { account, region }) => `cloudwatch:${region}:${account}:alarm:${name}`,
    arnAttribute: "Arn",
    ref: "name",
  },
  "AWS::KMS::Key": {
    property: "KeyId",
    arn: (name, { account, region }) => `kms:${region}:${account}:key/${name}`,
    arnAttribute: "Arn",
    nameAttribute: "KeyId",
    ref: "name",
  },
  "AWS::Logs::LogGroup": {
    property: "LogGroupName",
    arn: (name, { account, region }) => `logs:${region}:${account}:log-group:${name}:*`,
    arnAttribute: "Arn",
    ref: "name",
  },
  "AWS::SNS::Topic": {
    property: "TopicName",
    arn: (name, { account, region }) => `sns:${region}:${account}:${name}`,
    arnAttribute: "TopicArn",
    nameAttribute: "TopicName",
    ref: "arn",
  },
};

/** As EC2's ids look: 17 hex digits, the same for the same resource. */
const ec2Id = (prefix: string, ...parts: string[]): string =>
  `${prefix}-${createHash("sha256").update(parts.join("/")).digest("hex").slice(0, 17)}`;

function identified(kind: Identified, { physicalName, properties }: Resource): ProvidedResource {
  const ref = ec2Id(kind.prefix, physicalName);
  const copied = (kind.copies ?? []).flatMap((name) => {
    const value = properties[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  const companions = Object.entries(kind.companions ?? {});
  return {
    ref,
    attributes: {
      ...Object.fromEntries(kind.ids.map((name) => [name, ref])),
      ...Object.fromEntries(copied),
      ...Object.fromEntries(companions.map(([name, prefix]) => [name, ec2Id(prefix, physicalName, name)])),
    },
  };
}

function named(kind: Named, { physicalName, properties }: Resource, place: Place): ProvidedResource {
  const given = properties[kind.property];
  const name = typeof given === "string" ? given : physicalName;
  const arn = `arn:aws:${kind.arn(name, place)}`;
  const nameAttribute = kind.nameAttribute === undefined ? {} : { [kind.nameAttribute]: name };
  return { ref: kind.ref === "arn" ? arn : name, attributes: { [kind.arnAttribute]: arn, ...nameAttribute } };
}

/** Providers of resources that others only refer to. They return plausible ids and ARNs; no resource exists behind them. */
export function placeholderProviders(place: Place): ResourceProvider[] {
  return [
    ...Object.entries(IDENTIFIED).map(([type, kind]) => ({
      type,
      ensure: (resource: Resource) => identified(kind, resource),
    })),
    ...Object.entries(NAMED).map(([type, kind]) => ({
      type,
      ensure: (resource: Resource) => named(kind, resource, place),
    })),
  ];
}
