import { Stack } from "aws-cdk-lib";
import { CfnQueryDefinition, type LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** Queries that an operator finds under "Saved" in CloudWatch Logs Insights; the runbook names them. */
const queries = {
  "One deployment": [
    "# Put the deployment's id in the filter.",
    "fields @timestamp, service, level, message, stage, error_code, error_message",
    "| filter deployment_id = 123",
    "| sort @timestamp asc",
    "| limit 1000",
  ],
  "Failed deployments": [
    "fields @timestamp, deployment_id, app_id, stage, error_code, exit_code, error_message",
    '| filter stage = "failed" and ispresent(error_code)',
    "| sort @timestamp desc",
    "| limit 200",
  ],
  Errors: [
    "fields @timestamp, service, deployment_id, message, error.name, error.message, xray_trace_id",
    '| filter level = "ERROR" or @message like /Task timed out|Runtime exited/',
    "| sort @timestamp desc",
    "| limit 200",
  ],
} as const;

/** The saved queries, over the logs of all functions. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, logGroups: readonly LogGroup[]) {
    super(scope, id);
    for (const [name, lines] of Object.entries(queries)) {
      new CfnQueryDefinition(this, name.replaceAll(/\W/g, ""), {
        name: `${Stack.of(this).stackName}/${name}`,
        queryString: lines.join("\n"),
        logGroupNames: logGroups.map((group) => group.logGroupName),
      });
    }
  }
}
