import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DuplicateListenerException,
  type ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
  LoadBalancerNotFoundException,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type TargetGroup,
  TargetGroupNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Settings } from "../../core/app.ts";
import { loadBalancerName, ownerTag, type ReleasesOptions, serviceName } from "./options.ts";

/** Without a domain each app has a port of its own; the security group opens these. */
const firstPort = 8001;
const ports = 50;

export interface Front {
  readonly targetGroupArn: string;
  /** The load balancer's address with the app's port. */
  readonly url: string;
}

/** The part of an app that faces its visitors: a target group and a listener on the one load balancer of all apps. */
export function loadBalancing(client: ElasticLoadBalancingV2Client, options: ReleasesOptions) {
  const findLoadBalancer = async (): Promise<LoadBalancer | null> => {
    try {
      const answer = await client.send(new DescribeLoadBalancersCommand({ Names: [loadBalancerName] }));
      return answer.LoadBalancers?.[0] ?? null;
    } catch (error) {
      if (error instanceof LoadBalancerNotFoundException) return null;
      throw error;
    }
  };

  const findTargetGroup = async (appId: number): Promise<TargetGroup | null> => {
    try {
      const answer = await client.send(new DescribeTargetGroupsCommand({ Names: [serviceName(appId)] }));
      return answer.TargetGroups?.[0] ?? null;
    } catch (error) {
      if (error instanceof TargetGroupNotFoundException) return null;
      throw error;
    }
  };

  const createLoadBalancer = async (): Promise<LoadBalancer | null> => {
    const answer = await client.send(
      new CreateLoadBalancerCommand({
        Name: loadBalancerName,
        Subnets: [...options.subnetIds],
        SecurityGroups: [options.loadBalancerSecurityGroupId],
        Scheme: "internet-facing",
        Type: "application",
        Tags: [{ Key: ownerTag, Value: "all" }],
      }),
    );
    return answer.LoadBalancers?.[0] ?? null;
  };

  /** Quick to call a target healthy and quick to drain: the defaults would take minutes (facts of ELB's defaults: 30 s × 5, 300 s). */
  const createTargetGroup = async (appId: number, settings: Settings): Promise<TargetGroup | null> => {
    const answer = await client.send(
      new CreateTargetGroupCommand({
        Name: serviceName(appId),
        Protocol: "HTTP",
        Port: settings.port,
        VpcId: options.vpcId,
        TargetType: "ip",
        HealthCheckPath: settings.health_check_path,
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 4,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
        Matcher: { HttpCode: "200-399" },
        Tags: [{ Key: ownerTag, Value: String(appId) }],
      }),
    );
    const group = answer.TargetGroups?.[0] ?? null;
    if (group?.TargetGroupArn !== undefined) {
      const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "15" }];
      await client.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn, Attributes }));
    }
    return group;
  };

  const targetGroupFor = async (appId: number, settings: Settings): Promise<string> => {
    const found = await findTargetGroup(appId);
    const group = found ?? (await createTargetGroup(appId, settings));
    if (group?.TargetGroupArn === undefined) throw new Error("ELB made a target group without an ARN.");
    if (found !== null && found.HealthCheckPath !== settings.health_check_path) {
      await client.send(
        new ModifyTargetGroupCommand({
          TargetGroupArn: group.TargetGroupArn,
          HealthCheckPath: settings.health_check_path,
        }),
      );
    }
    return group.TargetGroupArn;
  };

  const listenersOf = async (loadBalancerArn: string): Promise<Listener[]> => {
    const listeners: Listener[] = [];
    let Marker: string | undefined;
    do {
      const answer = await client.send(
        new DescribeListenersCommand({ LoadBalancerArn: loadBalancerArn, ...(Marker ? { Marker } : {}) }),
      );
      listeners.push(...(answer.Listeners ?? []));
      Marker = answer.NextMarker;
    } while (Marker !== undefined);
    return listeners;
  };

  const leadsTo = (listener: Listener, targetGroupArn: string): boolean =>
    (listener.DefaultActions ?? []).some((action) => action.TargetGroupArn === targetGroupArn);

  const createListener = async (
    loadBalancerArn: string,
    targetGroupArn: string,
    appId: number,
    name: string,
  ): Promise<number | null> => {
    for (let offset = 0; offset < ports; offset++) {
      const Port = firstPort + ((appId - 1 + offset) % ports);
      try {
        await client.send(
          new CreateListenerCommand({
            LoadBalancerArn: loadBalancerArn,
            Protocol: "HTTP",
            Port,
            DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
            Tags: [
              { Key: ownerTag, Value: String(appId) },
              { Key: "slipway:name", Value: name },
            ],
          }),
        );
        return Port;
      } catch (error) {
        if (!(error instanceof DuplicateListenerException)) throw error;
      }
    }
    return null;
  };

  return {
    /** Makes what is missing. `waiting`: the load balancer is being made. `full`: no port is left. */
    ensure: async (appId: number, settings: Settings): Promise<Front | "waiting" | "full"> => {
      const balancer = (await findLoadBalancer()) ?? (await createLoadBalancer());
      const arn = balancer?.LoadBalancerArn;
      if (arn === undefined || balancer?.State?.Code !== "active") return "waiting";
      const targetGroupArn = await targetGroupFor(appId, settings);
      const existing = (await listenersOf(arn)).find((listener) => leadsTo(listener, targetGroupArn));
      const port = existing?.Port ?? (await createListener(arn, targetGroupArn, appId, settings.name));
      return port === null ? "full" : { targetGroupArn, url: `http://${balancer.DNSName}:${port}` };
    },

    /** Removes the app's listener and target group. */
    remove: async (appId: number): Promise<void> => {
      const group = await findTargetGroup(appId);
      const balancer = await findLoadBalancer();
      if (group?.TargetGroupArn === undefined) return;
      const listeners = balancer?.LoadBalancerArn === undefined ? [] : await listenersOf(balancer.LoadBalancerArn);
      for (const listener of listeners) {
        if (leadsTo(listener, group.TargetGroupArn))
          await client.send(new DeleteListenerCommand({ ListenerArn: listener.ListenerArn }));
      }
      await client.send(new DeleteTargetGroupCommand({ TargetGroupArn: group.TargetGroupArn }));
    },
  };
}
