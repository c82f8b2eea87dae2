import type { Metric } from "../cloudwatch/metrics.ts";

/** Takes what is counted just now. */
export type Recorder = (metric: Metric, value: number) => void;

/** Records the requests to a target group as CloudWatch metrics. Health checks do not count. */
export interface Counting {
  /** A target was chosen for a request. */
  asked(): void;
  /** A target answered, so long after the request was sent to it. What the load balancer answers itself is not counted. */
  answered(status: number, ms: number): void;
}

export function countingFor(record: Recorder, loadBalancerArn: string, targetGroupArn: string): Counting {
  const dimensions = {
    LoadBalancer: loadBalancerArn.replace(/^.*:loadbalancer\//, ""),
    TargetGroup: targetGroupArn.replace(/^.*:/, ""),
  };
  const count = (name: string, value: number) => record({ namespace: "AWS/ApplicationELB", name, dimensions }, value);
  return {
    asked: () => count("RequestCount", 1),
    answered: (status, ms) => {
      count("TargetResponseTime", ms / 1000);
      if (status >= 500) count("HTTPCode_Target_5XX_Count", 1);
    },
  };
}
