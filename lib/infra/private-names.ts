import { Stack } from "aws-cdk-lib";
import { Port, SecurityGroup } from "aws-cdk-lib/aws-ec2";
import { PrivateHostedZone } from "aws-cdk-lib/aws-route53";
import { Construct } from "constructs";
import { type InstallationSettings, privateDomain } from "./installation.ts";
import type { Network } from "./network.ts";
import type { Parameters } from "./parameters.ts";
import { changesAddresses, type Permission } from "./permission.ts";

export interface PrivateNamesProps {
  readonly network: Network;
  readonly parameters: Parameters;
}

/**
 * Where apps are that only apps reach: a zone that only the VPC sees, and who gets through to the load balancers. Those are made at
 * run time, when the first internal app comes to them, and so are its record and its rules.
 */
export class PrivateNames extends Construct {
  readonly domain: string;
  /** With `{name}` for the app's. */
  readonly url: string;
  readonly zone: PrivateHostedZone;
  readonly loadBalancer: SecurityGroup;

  /** `null`: there are none. */
  static of(
    scope: Construct,
    id: string,
    props: PrivateNamesProps,
    settings: InstallationSettings,
  ): PrivateNames | null {
    return settings.privateNames === undefined ? null : new PrivateNames(scope, id, props);
  }

  constructor(scope: Construct, id: string, { network, parameters }: PrivateNamesProps) {
    super(scope, id);
    const { vpc, tasks } = network;
    this.domain = privateDomain(Stack.of(this).stackName);
    this.url = `http://{name}.${this.domain}${parameters.privatePortSuffix()}`;
    this.zone = new PrivateHostedZone(this, "Zone", { vpc, zoneName: this.domain });
    this.loadBalancer = new SecurityGroup(this, "LoadBalancer", {
      vpc,
      description: "The load balancer of internal apps: reachable by the tasks of the apps only",
      allowAllOutbound: false,
    });
    this.loadBalancer.connections.allowFrom(tasks, Port.tcp(80), "Apps to internal apps by name");
    // The port is the app's choice.
    tasks.connections.allowFrom(this.loadBalancer, Port.allTcp(), "The internal load balancer to the apps");
  }

  /** To have the names of internal apps lead to their load balancer: nothing but addresses below the domain. */
  get changesRecords(): readonly Permission[] {
    return changesAddresses(this.zone.hostedZoneArn, this.domain);
  }
}
