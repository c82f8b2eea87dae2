import { Peer, Port, SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

/** Each app has a listener of its own on one of these. */
const appPorts = { first: 8001, last: 8050 };

/** The network of the deployed apps: two zones, public subnets, no NAT gateway (about $33 a month each). */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly loadBalancer: SecurityGroup;
  readonly tasks: SecurityGroup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, "Vpc", {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: "apps", subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
      // CDK would do it with a Lambda; nothing of ours is in the default group.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(this.vpc, {
      VPC7: "Flow logs cost by the gigabyte and answer no question of an operator here; tasks log by themselves.",
    });
    this.loadBalancer = new SecurityGroup(this, "LoadBalancer", {
      vpc: this.vpc,
      description: "The load balancer of the apps",
      allowAllOutbound: false,
    });
    this.tasks = new SecurityGroup(this, "Tasks", {
      vpc: this.vpc,
      description: "The tasks of the apps: reachable through the load balancer only",
    });
    this.allowPublicTraffic();
    // The port is the app's choice.
    this.tasks.connections.allowFrom(this.loadBalancer, Port.allTcp(), "The load balancer to the apps");
  }

  private allowPublicTraffic(): void {
    const ports = Port.tcpRange(appPorts.first, appPorts.last);
    this.loadBalancer.addIngressRule(Peer.anyIpv4(), ports, "Visitors of the apps");
    acknowledge(this.loadBalancer, { EC23: "Deployed apps are there to be visited." });
  }
}
