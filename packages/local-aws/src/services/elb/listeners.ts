import * as z from "zod";
import { AwsError, type Operation } from "../../kernel/service.ts";
import type { Certificates } from "./certificates.ts";
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
import { checkActions, checkCertificates, checkListeners } from "./limits.ts";
import type { Listening } from "./listening.ts";
import type { Listener } from "./model.ts";

export const listenerInput = z.object({
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

/** `loadbalancer/app/…` of a load balancer's ARN as the beginning of what belongs to it. */
const below = (kind: string, arn: string): string => `${kind}/${arn.slice(arn.indexOf("loadbalancer/") + 13)}`;

/** What listeners need beside the store. */
export interface ListenerParts {
  readonly listening: Listening;
  readonly certificates: Certificates;
}

export async function createListener(
  deps: ElbDeps,
  { listening, certificates }: ListenerParts,
  input: z.infer<typeof listenerInput>,
): Promise<Listener> {
  const { context, store } = deps;
  const balancer = store.loadBalancer(input.LoadBalancerArn);
  checkListeners(store, balancer.arn);
  checkActions(store, balancer.arn, input.DefaultActions);
  if (input.Protocol === "HTTPS" && input.Certificates.length === 0) {
    throw new AwsError("ValidationError", "A certificate must be specified for HTTPS listeners");
  }
  for (const { CertificateArn } of input.Certificates) certificates.check(CertificateArn);
  const id = context.randomHex(16);
  const arn = arnOf(context, `${below("listener", balancer.arn)}/${id}`);
  const hasPort = store.listeners.where("loadBalancer", balancer.arn).some(({ port }) => port === input.Port);
  if (hasPort || !(await listening.open({ arn, loadBalancerArn: balancer.arn, port: input.Port }))) {
    const message = `A listener already exists on this port for this load balancer '${balancer.arn}'`;
    throw new AwsError("DuplicateListener", message);
  }
  const made: Listener = {
    arn,
    loadBalancerArn: balancer.arn,
    protocol: input.Protocol,
    port: input.Port,
    certificates: input.Certificates.map(({ CertificateArn }) => CertificateArn),
    extraCertificates: [],
    sslPolicy: input.Protocol === "HTTPS" ? (input.SslPolicy ?? DEFAULT_POLICY) : null,
    actions: input.DefaultActions,
    defaultRuleArn: arnOf(context, `${below("listener-rule", balancer.arn)}/${id}/${context.randomHex(16)}`),
  };
  store.listeners.put(arn, made);
  store.addTags(arn, input.Tags);
  return made;
}

/** What the API takes where none is named. */
const DEFAULT_POLICY = "ELBSecurityPolicy-2016-08";

function show(one: Listener): unknown {
  return {
    ListenerArn: one.arn,
    LoadBalancerArn: one.loadBalancerArn,
    Port: one.port,
    Protocol: one.protocol,
    Certificates: one.certificates.map((CertificateArn) => ({ CertificateArn })),
    SslPolicy: one.sslPolicy ?? undefined,
    DefaultActions: one.actions.map(showAction),
  };
}

export async function removeListener({ store }: ElbDeps, listening: Listening, arn: string): Promise<unknown> {
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

const certificateInput = z.object({
  ListenerArn: z.string(),
  Certificates: list(z.object({ CertificateArn: z.string() })).refine(
    (all) => all.length === 1,
    "Exactly one certificate must be specified",
  ),
});
const certificatesInput = z.object({ ListenerArn: z.string(), ...paging });

/** The certificates of a listener beside its default one. */
function certificateOperations(deps: ElbDeps, certificates: Certificates): Record<string, Operation> {
  const { store } = deps;
  const secure = (arn: string): Listener => {
    const listener = store.listener(arn);
    if (listener.protocol === "HTTPS") return listener;
    throw new AwsError("UnsupportedProtocol", "Certificates can only be managed on a secure listener");
  };
  return {
    AddListenerCertificates: operation(certificateInput, {
      permissions: ({ ListenerArn }) => [onExisting(deps, "AddListenerCertificates", ListenerArn)],
      run: ({ ListenerArn, Certificates }) => {
        const listener = secure(ListenerArn);
        const added = Certificates.map(({ CertificateArn }) => CertificateArn);
        for (const arn of added) certificates.check(arn);
        const own = new Set([...listener.extraCertificates, ...added]);
        const others = store.listeners
          .where("loadBalancer", listener.loadBalancerArn)
          .filter(({ arn }) => arn !== ListenerArn)
          .flatMap(({ extraCertificates }) => extraCertificates);
        checkCertificates(own.size + others.length);
        store.listeners.put(ListenerArn, { ...listener, extraCertificates: [...own] });
        return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) };
      },
    }),
    RemoveListenerCertificates: operation(certificateInput, {
      permissions: ({ ListenerArn }) => [onExisting(deps, "RemoveListenerCertificates", ListenerArn)],
      run: ({ ListenerArn, Certificates }) => {
        const listener = secure(ListenerArn);
        const removed = Certificates.map(({ CertificateArn }) => CertificateArn);
        if (removed.some((arn) => listener.certificates.includes(arn))) {
          throw new AwsError("OperationNotPermitted", "The default certificate cannot be removed");
        }
        const left = listener.extraCertificates.filter((arn) => !removed.includes(arn));
        store.listeners.put(ListenerArn, { ...listener, extraCertificates: left });
        return {};
      },
    }),
    DescribeListenerCertificates: operation(certificatesInput, {
      permissions: describing("DescribeListenerCertificates"),
      run: (input) => {
        const listener = secure(input.ListenerArn);
        const all = [
          ...listener.certificates.map((CertificateArn) => ({ CertificateArn, IsDefault: true })),
          ...listener.extraCertificates.map((CertificateArn) => ({ CertificateArn, IsDefault: false })),
        ];
        const { items, NextMarker } = page(all, input);
        return { Certificates: items, NextMarker };
      },
    }),
  };
}

export function listenerOperations(deps: ElbDeps, parts: ListenerParts): Record<string, Operation> {
  const { context, store } = deps;
  const { listening } = parts;
  return {
    ...certificateOperations(deps, parts.certificates),
    CreateListener: operation(listenerInput, {
      permissions: ({ LoadBalancerArn, Tags }) =>
        creating("CreateListener", LoadBalancerArn, arnOf(context, `${below("listener", LoadBalancerArn)}/*`), Tags),
      run: async (input) => ({ Listeners: [show(await createListener(deps, parts, input))] }),
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
      run: ({ ListenerArn }) => removeListener(deps, listening, ListenerArn),
    }),
  };
}
