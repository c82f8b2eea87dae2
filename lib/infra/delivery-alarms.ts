import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { alarm } from "./alarm.ts";
import { measureOf } from "./measure-of.ts";

const minute = Duration.minutes(1);
const hour = Duration.hours(1);

/** Fewer within an hour say nothing about Slipway: one person's broken Dockerfile is half of two deployments. */
const enough = 5;

/** Percent of the deployments of an hour that failed. */
export const failureRate = (scope: Construct): IMetric =>
  new MathExpression({
    expression: `IF(FILL(bad, 0) + FILL(good, 0) >= ${enough}, 100 * FILL(bad, 0) / (FILL(bad, 0) + FILL(good, 0)), 0)`,
    usingMetrics: {
      bad: measureOf(scope, "DeploymentsFailed", { period: hour, statistic: "Sum" }),
      good: measureOf(scope, "DeploymentsSucceeded", { period: hour, statistic: "Sum" }),
    },
    period: hour,
    label: "Failed, percent",
  });

const slowest = (scope: Construct): IMetric =>
  new MathExpression({
    expression: `IF(count >= ${enough}, p95, 0)`,
    usingMetrics: {
      p95: measureOf(scope, "WorkingTime", { period: hour, statistic: "p95" }),
      count: measureOf(scope, "WorkingTime", { period: hour, statistic: "SampleCount" }),
    },
    period: hour,
  });

/** Alarms on what Slipway is there for: deployments that end, that succeed, and in good time, and that people see it. */
export class DeliveryAlarms extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    alarm(this, "Stuck", {
      metric: measureOf(this, "StuckDeployments", { period: minute, statistic: "Maximum" }),
      above: 0,
      // A sweep may come just before the retry that ends it.
      periods: 3,
      says: "Deployments are more than ten minutes past their deadline.",
      runbook: "Deployments are stuck",
    });
    alarm(this, "FailureRate", {
      metric: failureRate(this),
      // Broken builds are everyday life, but not for most of at least five deployments.
      above: 50,
      says: `More than half of at least ${enough} deployments within an hour failed.`,
      runbook: "Most deployments fail",
    });
    alarm(this, "Slow", {
      metric: slowest(this),
      // Half of the hour after which a build is stopped. A slow one with a bake of some minutes stays below.
      above: 30 * 60,
      says: `The slowest of at least ${enough} deployments within an hour took more than 30 minutes, not counting the time they waited.`,
      runbook: "Deployments are slow",
    });
    alarm(this, "FanOut", {
      metric: measureOf(this, "FanOutErrors", { period: Duration.minutes(5), statistic: "Sum" }),
      // A few are somebody's bad network, and each is served again. Ten a minute are not.
      above: 50,
      says: "More than 50 writes to viewers' sockets failed within five minutes.",
      runbook: "Viewers cannot be reached",
    });
  }
}
