import { Validations } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Accepts findings of cdk-nag on a construct and all below it: rule (without `AwsSolutions-`) to the argument why. */
export function acknowledge(construct: Construct, findings: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(findings)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}
