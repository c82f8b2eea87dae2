/** ELB, CloudWatch and its logs with all that an app needs there already: nothing of it is what the simulation is about. */
const group = (name: string): string => `target-group/${name}`;

/** Every app has its listener from when somebody asks for its target groups. */
const known = new Set<string>();

const operations: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>> = {
  DescribeLoadBalancersCommand: () => ({
    LoadBalancers: [{ LoadBalancerArn: "load-balancer", DNSName: "balancer.example.com", State: { Code: "active" } }],
  }),
  DescribeTargetGroupsCommand: ({ Names }) => {
    const names = Names as string[];
    for (const name of names) known.add(name);
    return { TargetGroups: names.map((name) => ({ TargetGroupArn: group(name), HealthCheckPath: "/" })) };
  },
  DescribeListenersCommand: () => ({
    Listeners: [...known].map((name) => ({
      ListenerArn: `listener/${name}`,
      Port: 8001,
      DefaultActions: [{ TargetGroupArn: group(name) }],
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
