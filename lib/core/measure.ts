/** What the functions measure for CloudWatch, beside what AWS measures by itself: the unit, and which function publishes it (`null`: each that meets it). */
export const measures = {
  /** Deployments that a sweep found stuck; see `isStuck`. */
  StuckDeployments: { unit: "Count", by: "queue-to-work" },
  DeploymentsSucceeded: { unit: "Count", by: "bus-to-metrics" },
  DeploymentsFailed: { unit: "Count", by: "bus-to-metrics" },
  /** Of a deployment that succeeded: its clone, build and release, without what it waited for. */
  WorkingTime: { unit: "Seconds", by: "bus-to-metrics" },
  /** Sockets that could not be written to, of viewers and of the feed. One whose holder has left is none. */
  FanOutErrors: { unit: "Count", by: "rows-to-sockets" },
  /** Conditional writes that were refused because somebody else wrote first, and were decided again. */
  WriteConflicts: { unit: "Count", by: null },
} as const;

export type MeasureName = keyof typeof measures;
/** Records a value. Values of one name are added up, or looked at for their percentiles, by whoever reads them. */
export type Measure = (name: MeasureName, value: number) => void;
