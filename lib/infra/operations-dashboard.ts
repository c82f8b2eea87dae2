import { Duration, Stack } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import {
  Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { failureRate } from "./delivery-alarms.ts";
import { type FunctionName, functionNames } from "./functions.ts";
import { measureOf, ofEveryFunction } from "./measure-of.ts";
import { globalName } from "./names.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

export interface OperationsDashboardProps {
  readonly functions: Readonly<Record<FunctionName, SlipwayFunction>>;
  readonly work: Queue;
  readonly rest: RestApi;
}

const period = Duration.minutes(5);
const hour = Duration.hours(1);

/** The page in CloudWatch from which an operator starts: alarms, what becomes of deployments, and whatever could keep them waiting. */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    const alarms = Stack.of(this)
      .node.findAll()
      .filter((each) => each instanceof Alarm);
    new Dashboard(this, "Page", {
      dashboardName: globalName(this),
      defaultInterval: Duration.days(1),
      widgets: [
        [new AlarmStatusWidget({ title: "Alarms (docs/runbook.md)", alarms, width: 24, height: 3 })],
        deployments(this),
        waiting(props),
        functionsOf(props),
      ],
    });
  }
}

const graph = (title: string, left: readonly IMetric[], more: Omit<GraphWidgetProps, "left" | "title"> = {}): IWidget =>
  new GraphWidget({ title, left: [...left], width: 8, height: 6, leftYAxis: { min: 0 }, ...more });

const deployments = (scope: Construct): IWidget[] => [
  graph(
    "Deployments that ended, an hour",
    [
      measureOf(scope, "DeploymentsSucceeded", { period: hour, statistic: "Sum", label: "Succeeded" }),
      measureOf(scope, "DeploymentsFailed", { period: hour, statistic: "Sum", label: "Failed" }),
    ],
    { stacked: true, right: [failureRate(scope)], rightYAxis: { min: 0, max: 100 } },
  ),
  graph("Clone, build and release, seconds", [
    measureOf(scope, "WorkingTime", { period: hour, statistic: "p50", label: "p50" }),
    measureOf(scope, "WorkingTime", { period: hour, statistic: "p95", label: "p95" }),
  ]),
  graph("Stuck, and viewers not reached", [
    measureOf(scope, "StuckDeployments", { period, statistic: "Maximum", label: "Stuck deployments" }),
    measureOf(scope, "FanOutErrors", { period, statistic: "Sum", label: "Failed writes to sockets" }),
  ]),
  graph("Conditional writes that met a conflict", [
    ofEveryFunction(scope, "WriteConflicts", { period, statistic: "Sum" }),
  ]),
];

const waiting = ({ functions, work, rest }: OperationsDashboardProps): IWidget[] => [
  graph("Work queue", [
    work.metricApproximateAgeOfOldestMessage({ period, statistic: "Maximum", label: "Oldest message, seconds" }),
    work.metricApproximateNumberOfMessagesVisible({ period, statistic: "Maximum", label: "Messages waiting" }),
  ]),
  graph(
    "Readers of the stream, milliseconds behind",
    (["rows-to-sockets", "rows-to-bus"] as const).map((name) =>
      functions[name].metric("IteratorAge", { period, statistic: "Maximum", label: name }),
    ),
  ),
  graph(
    "REST API",
    [
      rest.metricCount({ period, statistic: "Sum", label: "Requests" }),
      rest.metricServerError({ period, statistic: "Sum", label: "5xx" }),
    ],
    { right: [rest.metricLatency({ period, statistic: "p95", label: "Latency p95, ms" })], rightYAxis: { min: 0 } },
  ),
];

const functionsOf = ({ functions }: OperationsDashboardProps): IWidget[] => {
  const each = (what: "Errors" | "Throttles" | "Duration", statistic: string) =>
    functionNames.map((name) => functions[name].metric(what, { period, statistic, label: name }));
  return [
    graph("Errors of functions", each("Errors", "Sum")),
    graph("Throttled invocations", each("Throttles", "Sum")),
    graph("Duration of functions, p95, ms", each("Duration", "p95")),
  ];
};
