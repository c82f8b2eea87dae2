import type { SeenNetwork, SeenSubnet, WantedNetwork } from "./network-seen.ts";

/** What a task asks before it runs, without a way to the internet: its image, its secrets and where its log goes. */
const interfaces = ["ecr.api", "ecr.dkr", "logs", "ssm"] as const;

/** What keeps apps from running in a VPC, each as a sentence that names what is wrong and what to do; empty: nothing. */
export function faultsIn(wanted: WantedNetwork, seen: SeenNetwork): readonly string[] {
  const { vpcId, subnetIds, privateSubnetIds } = wanted;
  if (seen.vpc === null) return [`There is no VPC ${vpcId} in ${seen.region} of this account.`];
  const unusable = [...unknown(wanted, seen), ...elsewhere(wanted, seen)];
  // Of what is not there nothing else can be said.
  if (unusable.length > 0) return unusable;
  const of = (ids: readonly string[]) => seen.subnets.filter(({ id }) => ids.includes(id));
  const ofBalancers = of(subnetIds);
  const ofTasks = of(privateSubnetIds);
  return [
    ...zoneFaults("subnetIds", ofBalancers),
    ...twiceInZone(ofBalancers),
    ...ofBalancers.flatMap(unreachable),
    ...(ofTasks.length === 0 ? [] : [...zoneFaults("privateSubnetIds", ofTasks), ...unbalanced(ofTasks, ofBalancers)]),
    ...shutIn(ofTasks, wanted, seen),
    ...(wanted.hasPrivateNames && !hasDns(seen) ? [unresolved(vpcId)] : []),
  ];
}

function unknown({ subnetIds, privateSubnetIds, securityGroupIds }: WantedNetwork, seen: SeenNetwork): string[] {
  const missing = (kind: string, ids: readonly string[], known: readonly { readonly id: string }[]) =>
    ids
      .filter((id) => !known.some((one) => one.id === id))
      .map((id) => `There is no ${kind} ${id} in ${seen.region} of this account.`);
  return [
    ...missing("subnet", [...subnetIds, ...privateSubnetIds], seen.subnets),
    ...missing("security group", securityGroupIds, seen.securityGroups),
  ];
}

const elsewhere = ({ vpcId }: WantedNetwork, { subnets, securityGroups }: SeenNetwork): string[] =>
  [
    ...subnets.map((one) => ({ ...one, kind: "subnet" })),
    ...securityGroups.map((one) => ({ ...one, kind: "security group" })),
  ]
    .filter((one) => one.vpcId !== vpcId)
    .map((one) => `The ${one.kind} ${one.id} is in ${one.vpcId}, not in ${vpcId}.`);

function zoneFaults(setting: string, subnets: readonly SeenSubnet[]): string[] {
  const zones = new Set(subnets.map(({ zone }) => zone));
  if (zones.size > 1) return [];
  const ids = subnets.map(({ id }) => id).join(" and ");
  return [`${ids} are all in ${[...zones].join()}: -c ${setting} takes subnets in two availability zones at least.`];
}

/** A load balancer takes one subnet a zone: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html */
function twiceInZone(subnets: readonly SeenSubnet[]): string[] {
  return Object.entries(Object.groupBy(subnets, ({ zone }) => zone)).flatMap(([zone, inZone = []]) =>
    inZone.length < 2
      ? []
      : [`${inZone.map(({ id }) => id).join(" and ")} are both in ${zone}: a load balancer takes one subnet a zone.`],
  );
}

const unreachable = ({ id, routeTableId, exit }: SeenSubnet): string[] =>
  exit === "internet_gateway"
    ? []
    : [
        `${id} has no route to an internet gateway, so that no visitor would reach a load balancer there. Name public subnets with -c subnetIds, or add the route: aws ec2 create-route --route-table-id ${routeTableId} --destination-cidr-block 0.0.0.0/0 --gateway-id IGW`,
      ];

/** A load balancer sends nothing to zones in which it has no subnet. */
function unbalanced(ofTasks: readonly SeenSubnet[], ofBalancers: readonly SeenSubnet[]): string[] {
  const zones = new Set(ofBalancers.map(({ zone }) => zone));
  return ofTasks
    .filter(({ zone }) => !zones.has(zone))
    .map(
      ({ id, zone }) =>
        `${id} is in ${zone}, where no load balancer would be: name a public subnet of that zone in -c subnetIds, too, or leave ${id} out.`,
    );
}

/** Why no task would start in private subnets: what they lack of a NAT gateway and of what stands in for it. */
function shutIn(ofTasks: readonly SeenSubnet[], wanted: WantedNetwork, seen: SeenNetwork): string[] {
  const { endpoints, region } = seen;
  const shut = ofTasks.filter(({ exit }) => exit !== "other");
  const named = (service: string) => endpoints.filter((one) => one.service.endsWith(`.${region}.${service}`));
  const missing = interfaces.filter((service) => !named(service).some(({ isByName }) => isByName));
  const leadsToS3 = (table: string) => named("s3").some((one) => one.isByName || one.routeTableIds.includes(table));
  const tables = [...new Set(shut.map(({ routeTableId }) => routeTableId))];
  const lack: Lack = { tables, missing, withoutS3: tables.filter((table) => !leadsToS3(table)), hasDns: hasDns(seen) };
  if (shut.length === 0 || (missing.length === 0 && lack.withoutS3.length === 0 && lack.hasDns)) return [];
  const lacks = [...missing, ...(lack.withoutS3.length === 0 ? [] : ["s3"])];
  const why = shut.some(({ exit }) => exit === "internet_gateway")
    ? " (an internet gateway serves no task without a public address)"
    : "";
  const what = [
    `there is no route to a NAT gateway${why}`,
    ...(lacks.length === 0 ? [] : [`no endpoint for ${lacks.join(", ")}`]),
    ...(lack.hasDns ? [] : [`${wanted.vpcId} does not resolve the names of endpoints`]),
  ];
  const ids = shut.map(({ id }) => id).join(" and ");
  return [`Tasks in ${ids} could not start: ${what.join(", and ")}. ${remedy(lack, wanted, region)}`];
}

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html */
const unresolved = (vpcId: string): string =>
  [
    `${vpcId} does not resolve private names. Switch it on, or leave -c privateNames out:`,
    ...["--enable-dns-support", "--enable-dns-hostnames"].map(
      (attribute) => `  aws ec2 modify-vpc-attribute --vpc-id ${vpcId} ${attribute}`,
    ),
  ].join("\n");

const hasDns = ({ vpc }: SeenNetwork): boolean => vpc?.hasDns ?? false;

interface Lack {
  /** The route tables of the subnets. */
  readonly tables: readonly string[];
  /** The services without an endpoint of their name. */
  readonly missing: readonly string[];
  /** Those of the route tables that do not lead to S3. */
  readonly withoutS3: readonly string[];
  readonly hasDns: boolean;
}

function remedy(lack: Lack, { vpcId, privateSubnetIds }: WantedNetwork, region: string): string {
  const endpoint = (type: string, service: string, rest: string) =>
    `  aws ec2 create-vpc-endpoint --vpc-id ${vpcId} --vpc-endpoint-type ${type} --service-name com.amazonaws.${region}.${service} ${rest}`;
  const ofInterface = `--private-dns-enabled --subnet-ids ${privateSubnetIds.join(" ")} --security-group-ids SG`;
  const attributes = lack.hasDns ? [] : ["--enable-dns-support", "--enable-dns-hostnames"];
  return [
    "Add a NAT gateway:",
    ...lack.tables.map(
      (table) =>
        `  aws ec2 create-route --route-table-id ${table} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT`,
    ),
    "or what is missing of the endpoints, whose security group SG lets in port 443 from the tasks:",
    ...attributes.map((attribute) => `  aws ec2 modify-vpc-attribute --vpc-id ${vpcId} ${attribute}`),
    ...lack.missing.map((service) => endpoint("Interface", service, ofInterface)),
    ...(lack.withoutS3.length === 0
      ? []
      : [endpoint("Gateway", "s3", `--route-table-ids ${lack.withoutS3.join(" ")}`)]),
  ].join("\n");
}
