import {
  type CreateListenerCommandInput,
  type CreateRuleCommandInput,
  DuplicateListenerException,
  PriorityInUseException,
  type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";

const loadBalancer = "load-balancer/app/slipway-apps/1";

const group = (name: string): string => `target-group/${name}`;

const nameOf = (arn: string): string => arn.slice(group("").length);

interface AskedGroups {
  readonly Names?: readonly string[];
  readonly TargetGroupArns?: readonly string[];
}

interface Listener {
  readonly ListenerArn: string;
  readonly Port: number;
  readonly DefaultActions: readonly { readonly TargetGroupArn?: string | undefined }[];
}

/**
 * ELB, CloudWatch and its logs with all that an app needs there already, but its listeners and their rules: listeners are made
 * by a call that has no token and takes any port that is free.
 */
export class Surroundings {
  readonly #listeners: Listener[] = [];
  readonly #rules = new Map<string, Rule[]>();
  #made = 0;

  /** Ports of an app's listeners. */
  ports(appId: number): readonly number[] {
    return this.#listeners
      .filter(({ DefaultActions }) => DefaultActions[0]?.TargetGroupArn === group(`slipway-${appId}`))
      .map(({ Port }) => Port);
  }

  /** Carries out a command; what only changes something else is done. */
  readonly send = (name: string, input: unknown): unknown => this.#operations[name]?.(input as never) ?? {};

  #rulesOf(listenerArn: string): readonly Rule[] {
    return this.#rules.get(listenerArn) ?? [];
  }

  readonly #operations: Readonly<Record<string, (input: never) => unknown>> = {
    DescribeLoadBalancersCommand: () => ({
      LoadBalancers: [{ LoadBalancerArn: loadBalancer, DNSName: "balancer.example.com", State: { Code: "active" } }],
    }),
    DescribeTargetGroupsCommand: ({ Names, TargetGroupArns = [] }: AskedGroups) => ({
      TargetGroups: (Names ?? TargetGroupArns.map(nameOf)).map((name) => ({
        TargetGroupArn: group(name),
        TargetGroupName: name,
        LoadBalancerArns: [loadBalancer],
        HealthCheckPath: "/",
        Matcher: { HttpCode: "200-399" },
      })),
    }),
    DescribeListenersCommand: () => ({ Listeners: [...this.#listeners] }),
    CreateListenerCommand: ({ Port = 0, DefaultActions = [] }: CreateListenerCommandInput) => {
      if (this.#listeners.some((one) => one.Port === Port))
        throw new DuplicateListenerException({ message: "A listener already exists on this port.", $metadata: {} });
      const listener = { ListenerArn: `listener/${++this.#made}`, Port, DefaultActions };
      this.#listeners.push(listener);
      return { Listeners: [listener] };
    },
    DeleteListenerCommand: ({ ListenerArn }: { ListenerArn: string }) => {
      const index = this.#listeners.findIndex((one) => one.ListenerArn === ListenerArn);
      if (index >= 0) this.#listeners.splice(index, 1);
      return {};
    },
    DescribeRulesCommand: ({ ListenerArn }: { ListenerArn: string }) => ({ Rules: this.#rulesOf(ListenerArn) }),
    CreateRuleCommand: ({ ListenerArn = "", Priority, Actions }: CreateRuleCommandInput) => {
      const rules = this.#rulesOf(ListenerArn);
      if (rules.some((one) => one.Priority === String(Priority)))
        throw new PriorityInUseException({ message: "The specified priority is in use.", $metadata: {} });
      const rule = { RuleArn: `${ListenerArn}/${Priority}`, Priority: String(Priority), Actions };
      this.#rules.set(ListenerArn, [...rules, rule]);
      return { Rules: [rule] };
    },
    DescribeAlarmsCommand: () => ({ MetricAlarms: [] }),
    FilterLogEventsCommand: () => ({ events: [] }),
  };
}
