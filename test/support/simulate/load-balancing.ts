/** ELB, CloudWatch and its logs with all that an app needs there already: nothing of it is what the simulation is about. */
const group = (name: string): string => `target-group/${name}`;

const operations: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>> = {
  DescribeLoadBalancersCommand: () => ({
    LoadBalancers: [{ LoadBalancerArn: "load-balancer", DNSName: "balancer.example.com", State: { Code: "active" } }],
  }),
  DescribeTargetGroupsCommand: ({ Names }) => ({
    TargetGroups: (Names as string[]).map((name) => ({ TargetGroupArn: group(name), HealthCheckPath: "/" })),
  }),
  DescribeListenersCommand: () => ({
    Listeners: [1, 2, 3].map((app) => ({
      ListenerArn: `listener/${app}`,
      Port: 8000 + app,
      DefaultActions: [{ TargetGroupArn: group(`slipway-${app}`) }],
    })),
  }),
  DescribeRulesCommand: ({ ListenerArn }) => ({
    Rules: ["1", "2"].map((Priority) => ({ Priority, RuleArn: `${ListenerArn}/${Priority}`, Actions: [] })),
  }),
  DescribeAlarmsCommand: () => ({ MetricAlarms: [] }),
  FilterLogEventsCommand: () => ({ events: [] }),
};

/** Answers any command at once; what only changes something is done. */
export const surroundings = (name: string, input: unknown): unknown =>
  operations[name]?.(input as Readonly<Record<string, unknown>>) ?? {};
