import { Stack } from "aws-cdk-lib";
import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ListenerAction,
  ListenerCertificate,
  SslPolicy,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { CfnRecordSet, HostedZone } from "aws-cdk-lib/aws-route53";
import { Construct } from "constructs";
import { firstBalancer, noSuchApp } from "../core/placement/placement.ts";
import { acknowledge } from "./acknowledge.ts";
import { type InstallationSettings, installationTag, longPrefix, runTimePrefix } from "./installation.ts";
import type { Network } from "./network.ts";
import { changesAddresses, type Permission } from "./permission.ts";

export interface AppDomainProps {
  readonly network: Network;
  readonly name: string;
  /** `null`: DNS is elsewhere. */
  readonly hostedZoneId: string | null;
  /** `null`: one is made, and validated in the hosted zone. */
  readonly certificateArn: string | null;
}

/**
 * The domain of the apps: a wildcard certificate, the first load balancer with one listener for all of them, and the record that
 * leads to it. Rules are made at run time, and so are further load balancers with the same listeners.
 */
export class AppDomain extends Construct {
  readonly name: string;
  readonly certificateArn: string;
  readonly hostedZoneId: string | null;
  readonly loadBalancer: ApplicationLoadBalancer;

  /** `null`: there is no domain. */
  static of(scope: Construct, id: string, network: Network, settings: InstallationSettings): AppDomain | null {
    const { domain: name, hostedZoneId = null, certificateArn = null } = settings;
    return name === undefined ? null : new AppDomain(scope, id, { network, name, hostedZoneId, certificateArn });
  }

  constructor(scope: Construct, id: string, { network, name, hostedZoneId, certificateArn }: AppDomainProps) {
    super(scope, id);
    this.name = name;
    this.hostedZoneId = hostedZoneId;
    this.certificateArn = certificateArn ?? this.createCertificate();
    this.loadBalancer = new ApplicationLoadBalancer(this, "LoadBalancer", {
      loadBalancerName: `${runTimePrefix(Stack.of(this).stackName)}-${firstBalancer(true)}`,
      vpc: network.vpc,
      internetFacing: true,
      securityGroup: network.loadBalancer,
      dropInvalidHeaderFields: true,
    });
    acknowledge(this.loadBalancer, {
      ELB2: "Access logs cost by the gigabyte; what an app is asked is in its own log and in its metrics.",
    });
    this.listen();
    if (hostedZoneId !== null) this.createRecord(hostedZoneId);
  }

  /** To have the names of apps on further load balancers lead there: nothing but addresses below the domain. */
  get changesRecords(): readonly Permission[] {
    if (this.hostedZoneId === null) return [];
    const zone = Stack.of(this).formatArn({
      service: "route53",
      region: "",
      account: "",
      resource: "hostedzone",
      resourceName: this.hostedZoneId,
    });
    return changesAddresses(zone, this.name);
  }

  /** To have certificates for apps' own domains: none but those that carry the installation's tag. */
  get managesCertificates(): readonly Permission[] {
    const stack = Stack.of(this);
    const certificates = stack.formatArn({ service: "acm", resource: "certificate", resourceName: "*" });
    const installation = longPrefix(stack.stackName);
    const because = "Certificates are requested at run time; a condition names the installation's tag.";
    return [
      {
        actions: ["acm:RequestCertificate"],
        on: ["*"],
        when: { StringEquals: { [`aws:RequestTag/${installationTag}`]: installation, "acm:ValidationMethod": "DNS" } },
        because: "AWS has no resource-level permission for this; the condition names the installation's tag.",
      },
      {
        actions: ["acm:AddTagsToCertificate"],
        on: [certificates],
        when: { StringEquals: { [`aws:RequestTag/${installationTag}`]: installation } },
        because,
      },
      {
        actions: ["acm:DeleteCertificate", "acm:DescribeCertificate"],
        on: [certificates],
        // Not that of the template, which is no app's.
        when: {
          StringEquals: { [`aws:ResourceTag/${installationTag}`]: installation },
          Null: { "aws:ResourceTag/slipway:app": "false" },
        },
        because,
      },
      {
        actions: ["acm:ListTagsForCertificate"],
        on: [certificates],
        because: "Certificates are listed to find those whose app is gone; only their tags say whose they are.",
      },
      {
        actions: ["acm:ListCertificates"],
        on: ["*"],
        because: "AWS has no resource-level permission for this.",
      },
    ];
  }

  private createCertificate(): string {
    const zone = HostedZone.fromHostedZoneId(this, "Zone", this.hostedZoneId ?? "");
    const certificate = new Certificate(this, "Certificate", {
      domainName: `*.${this.name}`,
      validation: CertificateValidation.fromDns(zone),
    });
    return certificate.certificateArn;
  }

  private listen(): void {
    this.loadBalancer.addListener("Http", {
      port: 80,
      open: false,
      defaultAction: ListenerAction.redirect({ protocol: "HTTPS", port: "443", permanent: true }),
    });
    this.loadBalancer.addListener("Https", {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      open: false,
      certificates: [ListenerCertificate.fromArn(this.certificateArn)],
      sslPolicy: SslPolicy.TLS13_RES,
      // What no rule forwards is no app's. docs/decisions/0046 says what stands in its place if ECS cannot work beside it.
      defaultAction: ListenerAction.fixedResponse(noSuchApp.status, {
        contentType: "text/plain",
        messageBody: noSuchApp.body,
      }),
    });
  }

  private createRecord(hostedZoneId: string): void {
    new CfnRecordSet(this, "Record", {
      hostedZoneId,
      name: `*.${this.name}.`,
      type: "A",
      aliasTarget: {
        dnsName: this.loadBalancer.loadBalancerDnsName,
        hostedZoneId: this.loadBalancer.loadBalancerCanonicalHostedZoneId,
      },
    });
  }
}
