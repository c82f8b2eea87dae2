import { Annotations } from "aws-cdk-lib";
import { type IVpc, Peer, Port, SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { type InstallationSettings, listed } from "./installation.ts";

/** Without a domain each app has a listener of its own on one of these: 50 for each of ten load balancers. */
const appPorts = { first: 8001, last: 8500 };

/**
 * The network of the deployed apps: the operator's VPC, or one of two zones with public subnets and no NAT gateway, which is about
 * $33 a month each.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly loadBalancer: SecurityGroup;
  readonly tasks: SecurityGroup;
  /** Of the load balancers. */
  readonly subnetIds: readonly string[];
  readonly taskSubnetIds: readonly string[];
  readonly taskSecurityGroupIds: readonly string[];
  readonly tasksHavePublicAddress: boolean;

  constructor(scope: Construct, id: string, settings: InstallationSettings) {
    super(scope, id);
    Annotations.of(this).acknowledgeWarning("@aws-cdk/aws-ec2:noSubnetRouteTableId", "Nothing is routed here.");
    this.vpc = settings.vpcId === undefined ? this.createVpc() : this.existingVpc(settings.vpcId, settings);
    this.subnetIds = this.vpc.publicSubnets.map(({ subnetId }) => subnetId);
    const ofTasks = listed(settings.privateSubnetIds);
    this.tasksHavePublicAddress = ofTasks.length === 0;
    this.taskSubnetIds = this.tasksHavePublicAddress ? this.subnetIds : ofTasks;
    this.loadBalancer = new SecurityGroup(this, "LoadBalancer", {
      vpc: this.vpc,
      description: "The load balancer of the apps",
      allowAllOutbound: false,
    });
    this.tasks = new SecurityGroup(this, "Tasks", {
      vpc: this.vpc,
      description: "The tasks of the apps: reachable through the load balancer only",
    });
    this.taskSecurityGroupIds = [this.tasks.securityGroupId, ...listed(settings.securityGroupIds)];
    this.allowPublicTraffic(settings.domain !== undefined);
    // The port is the app's choice.
    this.tasks.connections.allowFrom(this.loadBalancer, Port.allTcp(), "The load balancer to the apps");
  }

  private createVpc(): Vpc {
    const vpc = new Vpc(this, "Vpc", {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: "apps", subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
      // CDK would do it with a Lambda; nothing of ours is in the default group.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(vpc, {
      VPC7: "Flow logs cost by the gigabyte and answer no question of an operator here; tasks log by themselves.",
    });
    return vpc;
  }

  /** As `npm run deploy` found it: a synthesis asks no account. */
  private existingVpc(vpcId: string, { subnetIds }: InstallationSettings): IVpc {
    const publicSubnetIds = [...listed(subnetIds)];
    // CDK wants their names and puts them nowhere.
    const availabilityZones = publicSubnetIds.map((_, index) => `zone-${index + 1}`);
    return Vpc.fromVpcAttributes(this, "Vpc", { vpcId, availabilityZones, publicSubnetIds });
  }

  private allowPublicTraffic(hasDomain: boolean): void {
    // With a domain, too: apps that were released before there was one have their ports until their next release.
    const ports = Port.tcpRange(appPorts.first, appPorts.last);
    this.loadBalancer.addIngressRule(Peer.anyIpv4(), ports, "Visitors of the apps");
    if (hasDomain) {
      this.loadBalancer.addIngressRule(Peer.anyIpv4(), Port.tcp(443), "Visitors of the apps by name");
      this.loadBalancer.addIngressRule(Peer.anyIpv4(), Port.tcp(80), "Visitors who are redirected to HTTPS");
    }
    acknowledge(this.loadBalancer, { EC23: "Deployed apps are there to be visited." });
  }
}
