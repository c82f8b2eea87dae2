import * as z from "zod";
import { AwsError, type Operation } from "../../kernel/service.ts";
import {
  actions,
  arnOf,
  creating,
  describing,
  type ElbDeps,
  list,
  number,
  onExisting,
  operation,
  page,
  paging,
  showAction,
  tagList,
} from "./inputs.ts";
import type { Listening } from "./listening.ts";
import { type Action, type Listener, targetGroupsOf } from "./model.ts";

const createInput = z.object({
  LoadBalancerArn: z.string(),
  Protocol: z.enum(["HTTP", "HTTPS"]),
  Port: number(1, 65535),
  Certificates: list(z.object({ CertificateArn: z.string() })).default([]),
  SslPolicy: z.string().optional(),
  DefaultActions: actions,
  Tags: tagList,
});
const describeInput = z.object({
  LoadBalancerArn: z.string().optional(),
  ListenerArns: list(z.string()).default([]),
  ...paging,
});
const arnInput = z.object({ ListenerArn: z.string() });

/** Actions may only name target groups that exist. */
export function checkActions({ store }: ElbDeps, wanted: readonly Action[]): void {
  for (const arn of targetGroupsOf(wanted)) store.targetGroup(arn);
}

/** `loadbalancer/app/…` of a load balancer's ARN as the beginning of what belongs to it. */
const below = (kind: string, arn: string): string => `${kind}/${arn.slice(arn.indexOf("loadbalancer/") + 13)}`;

async function create(deps: ElbDeps, listening: Listening, input: z.infer<typeof createInput>): Promise<Listener> {
  const { context, store } = deps;
  const balancer = store.loadBalancer(input.LoadBalancerArn);
  checkActions(deps, input.DefaultActions);
  if (input.Protocol === "HTTPS" && input.Certificates.length === 0) {
    throw new AwsError("ValidationError", "A certificate must be specified for HTTPS listeners");
  }
  const id = context.randomHex(16);
  const arn = arnOf(context, `${below("listener", balancer.arn)}/${id}`);
  if (!(await listening.open(arn, input.Port))) {
    const message = `A listener already exists on this port for this load balancer '${balancer.arn}'`;
    throw new AwsError("DuplicateListener", message);
  }
  const made: Listener = {
    arn,
    loadBalancerArn: balancer.arn,
    protocol: input.Protocol,
    port: input.Port,
    certificates: input.Certificates.map(({ CertificateArn }) => CertificateArn),
    actions: input.DefaultActions,
    defaultRuleArn: arnOf(context, `${below("listener-rule", balancer.arn)}/${id}/${context.randomHex(16)}`),
  };
  store.listeners.put(arn, made);
  store.addTags(arn, input.Tags);
  return made;
}

function show(one: Listener): unknown {
  return {
    ListenerArn: one.arn,
    LoadBalancerArn: one.loadBalancerArn,
    Port: one.port,
    Protocol: one.protocol,
    Certificates: one.certificates.map((CertificateArn) => ({ CertificateArn })),
    DefaultActions: one.actions.map(showAction),
  };
}

async function remove({ store }: ElbDeps, listening: Listening, arn: string): Promise<unknown> {
  store.listener(arn);
  for (const { arn: ruleArn } of store.rulesOf(arn)) {
    store.rules.delete(ruleArn);
    store.dropTags(ruleArn);
  }
  store.listeners.delete(arn);
  store.dropTags(arn);
  await listening.close(arn);
  return {};
}

export function listenerOperations(deps: ElbDeps, listening: Listening): Record<string, Operation> {
  const { context, store } = deps;
  return {
    CreateListener: operation(createInput, {
      permissions: ({ LoadBalancerArn, Tags }) =>
        creating("CreateListener", LoadBalancerArn, arnOf(context, `${below("listener", LoadBalancerArn)}/*`), Tags),
      run: async (input) => ({ Listeners: [show(await create(deps, listening, input))] }),
    }),
    DescribeListeners: operation(describeInput, {
      permissions: describing("DescribeListeners"),
      run: (input) => {
        const { LoadBalancerArn, ListenerArns } = input;
        if (LoadBalancerArn !== undefined) store.loadBalancer(LoadBalancerArn);
        const asked =
          ListenerArns.length > 0
            ? ListenerArns.map((arn) => store.listener(arn))
            : LoadBalancerArn === undefined
              ? []
              : store.listeners.where("loadBalancer", LoadBalancerArn);
        const { items, NextMarker } = page(asked, input);
        return { Listeners: items.map(show), NextMarker };
      },
    }),
    DeleteListener: operation(arnInput, {
      permissions: ({ ListenerArn }) => [onExisting(deps, "DeleteListener", ListenerArn)],
      run: ({ ListenerArn }) => remove(deps, listening, ListenerArn),
    }),
  };
}
