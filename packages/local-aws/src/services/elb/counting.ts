import type { Metric } from "../cloudwatch/metrics.ts";

/** Takes what is counted just now. */
export type Recorder = (metric: Metric, value: number) => void;

/** Records the requests to a target group as CloudWatch metrics. Health checks do not count. */
export interface Counting {
  /** A target was chosen for a request. */
  asked(): void;
  /** A target answered, so long after the request was sent to it. What the load balancer answers itself is not counted. */
  answered(status: number, ms: number): void;
  /** A connection to a target did not come about. */
  unreachable(): void;
}

const namespace = "AWS/ApplicationELB";

const dimensionsOf = (loadBalancerArn: string, targetGroupArn: string): Metric["dimensions"] => ({
  LoadBalancer: loadBalancerArn.replace(/^.*:loadbalancer\//, ""),
  TargetGroup: targetGroupArn.replace(/^.*:/, ""),
});

/** Records how many targets of a group are healthy and unhealthy for a load balancer. */
export function countTargets(
  record: Recorder,
  loadBalancerArn: string,
  targetGroupArn: string,
  counts: { readonly healthy: number; readonly unhealthy: number },
): void {
  const dimensions = dimensionsOf(loadBalancerArn, targetGroupArn);
  record({ namespace, name: "HealthyHostCount", dimensions }, counts.healthy);
  record({ namespace, name: "UnHealthyHostCount", dimensions }, counts.unhealthy);
}

export function countingFor(record: Recorder, loadBalancerArn: string, targetGroupArn: string): Counting {
  const dimensions = dimensionsOf(loadBalancerArn, targetGroupArn);
  const count = (name: string, value: number) => record({ namespace, name, dimensions }, value);
  return {
    asked: () => count("RequestCount", 1),
    answered: (status, ms) => {
      count("TargetResponseTime", ms / 1000);
      const hundreds = Math.floor(status / 100);
      if (hundreds >= 2 && hundreds <= 5) count(`HTTPCode_Target_${hundreds}XX_Count`, 1);
    },
    unreachable: () => count("TargetConnectionErrorCount", 1),
  };
}
