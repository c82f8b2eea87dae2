import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";

export interface AlarmProps {
  readonly metric: IMetric;
  /** It fires when the metric is above this. */
  readonly above: number;
  /** For so many periods in a row; 1 unless said. */
  readonly periods?: number;
  /** What is wrong, in a sentence. */
  readonly says: string;
  /** The heading of docs/runbook.md that says what to do. */
  readonly runbook: string;
}

/** An alarm whose description leads to its page of the runbook. */
export function alarm(scope: Construct, id: string, { metric, above, periods = 1, says, runbook }: AlarmProps): Alarm {
  return new Alarm(scope, id, {
    metric,
    threshold: above,
    evaluationPeriods: periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    // No data means that nothing happens, which is how an idle installation looks.
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: `${says} What to do: docs/runbook.md#${anchorOf(runbook)}`,
  });
}

/** The anchor that a Markdown heading gets. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replace(/\s+/g, "-");
