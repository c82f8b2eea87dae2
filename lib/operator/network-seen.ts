import {
  DescribeVpcAttributeCommand,
  EC2Client,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  type Route,
  type RouteTable,
  type VpcEndpoint,
} from "@aws-sdk/client-ec2";
import { collected } from "../adapters/collected.ts";
import type { AwsAccess } from "./target.ts";

/** What an installation is to have of a VPC. */
export interface WantedNetwork {
  readonly vpcId: string;
  /** Whether a zone of its own is to be resolved in it. */
  readonly hasPrivateNames: boolean;
  /** Of the load balancers. */
  readonly subnetIds: readonly string[];
  /** Of the tasks; empty: those of the load balancers. */
  readonly privateSubnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** Where a subnet's traffic to the internet goes. `other`: to a NAT gateway, a transit gateway, a firewall, … */
type Exit = "internet_gateway" | "other" | "none";

export interface SeenSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  /** `""`: EC2 shows none. */
  readonly routeTableId: string;
  readonly exit: Exit;
}

interface SeenEndpoint {
  /** `com.amazonaws.eu-west-1.ecr.api` */
  readonly service: string;
  /** Whether the service's own name leads to it. Those of a gateway are in route tables. */
  readonly isByName: boolean;
  readonly routeTableIds: readonly string[];
}

/** A VPC as EC2 shows it, as far as an installation depends on it. What does not exist is not in it. */
export interface SeenNetwork {
  readonly region: string;
  /** `null`: there is none with that ID. */
  readonly vpc: { readonly hasDns: boolean } | null;
  readonly subnets: readonly SeenSubnet[];
  /** Those that are ready. */
  readonly endpoints: readonly SeenEndpoint[];
  readonly securityGroups: readonly { readonly id: string; readonly vpcId: string }[];
}

/** Asks EC2, which needs no more than `ec2:Describe*`. */
export async function seenNetwork(wanted: WantedNetwork, { region, credentials }: AwsAccess): Promise<SeenNetwork> {
  const client = new EC2Client({ region, credentials });
  try {
    return { region, ...(await look(client, wanted)) };
  } finally {
    client.destroy();
  }
}

async function look(client: EC2Client, wanted: WantedNetwork): Promise<Omit<SeenNetwork, "region">> {
  const { vpcId } = wanted;
  const inVpc = { Filters: [{ Name: "vpc-id", Values: [vpcId] }] };
  // A filter leaves out what does not exist; asked for by its ID, it would be an error that names one only.
  const [vpc] = await collected(paginateDescribeVpcs({ client }, inVpc), ({ Vpcs }) => Vpcs);
  const wantedSubnets = [...wanted.subnetIds, ...wanted.privateSubnetIds];
  const subnets = await collected(
    paginateDescribeSubnets({ client }, { Filters: [{ Name: "subnet-id", Values: wantedSubnets }] }),
    ({ Subnets }) => Subnets,
  );
  const groups = await groupsOf(client, wanted.securityGroupIds);
  if (vpc === undefined) return { vpc: null, subnets: [], endpoints: [], securityGroups: groups };
  const tables = await collected(paginateDescribeRouteTables({ client }, inVpc), ({ RouteTables }) => RouteTables);
  const endpoints = await collected(
    paginateDescribeVpcEndpoints({ client }, inVpc),
    ({ VpcEndpoints }) => VpcEndpoints,
  );
  return {
    vpc: { hasDns: await hasDns(client, vpcId) },
    subnets: subnets.map(({ SubnetId: id = "", VpcId = "", AvailabilityZone: zone = "" }) => {
      const table = tableOf(id, tables);
      return { id, vpcId: VpcId, zone, routeTableId: table?.RouteTableId ?? "", exit: exitOf(table?.Routes ?? []) };
    }),
    endpoints: endpoints.filter(({ State }) => State?.toLowerCase() === "available").map(seenEndpoint),
    securityGroups: groups,
  };
}

async function groupsOf(client: EC2Client, ids: readonly string[]): Promise<SeenNetwork["securityGroups"]> {
  if (ids.length === 0) return [];
  const asked = { Filters: [{ Name: "group-id", Values: [...ids] }] };
  const found = await collected(
    paginateDescribeSecurityGroups({ client }, asked),
    ({ SecurityGroups }) => SecurityGroups,
  );
  return found.map(({ GroupId: id = "", VpcId: vpcId = "" }) => ({ id, vpcId }));
}

/** The private names of endpoints need both: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html */
async function hasDns(client: EC2Client, VpcId: string): Promise<boolean> {
  const [support, hostnames] = await Promise.all([
    client.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsSupport" })),
    client.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsHostnames" })),
  ]);
  return support.EnableDnsSupport?.Value === true && hostnames.EnableDnsHostnames?.Value === true;
}

/** A subnet without a route table of its own has the main one of its VPC. */
function tableOf(subnetId: string, tables: readonly RouteTable[]): RouteTable | undefined {
  const own = tables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnetId));
  return own ?? tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main === true));
}

function exitOf(routes: readonly Route[]): Exit {
  const route = routes.find((one) => one.DestinationCidrBlock === "0.0.0.0/0" && one.State !== "blackhole");
  if (route === undefined) return "none";
  return route.GatewayId?.startsWith("igw-") ? "internet_gateway" : "other";
}

const seenEndpoint = ({
  ServiceName: service = "",
  PrivateDnsEnabled: isByName = false,
  RouteTableIds: routeTableIds = [],
}: VpcEndpoint): SeenEndpoint => ({ service, isByName, routeTableIds });
