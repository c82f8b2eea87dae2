import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { gitHubReportSchema } from "../../core/notice/github-report.ts";
import type { GitHubReports } from "../../core/ports/notices.ts";
import { noticeKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

const keptSeconds = 90 * 24 * 3600;

/** What was reported to GitHub, in DynamoDB, beside the deliveries of notices. */
export function awsGitHubReports(client: DynamoDBDocumentClient, table: string): GitHubReports {
  const expiry = (now: string) => Math.floor(Date.parse(now) / 1000) + keptSeconds;
  return {
    get: async ({ app_id, deployment_id }) => {
      const item = await getItem(client, table, noticeKeys.gitHubReport(app_id, deployment_id));
      return item === undefined ? null : gitHubReportSchema.parse(item);
    },
    replace: (next, now) => {
      const key = noticeKeys.gitHubReport(next.app_id, next.deployment_id);
      return putNextVersion(client, table, key, { ...next, expires_at: expiry(now) });
    },
    takeCommit: (appId, commit, deploymentId, now) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...noticeKeys.commit(appId, commit), deployment_id: deploymentId, expires_at: expiry(now) },
            ConditionExpression: "attribute_not_exists(app_id) OR deployment_id <= :mine",
            ExpressionAttributeValues: { ":mine": deploymentId },
          }),
        ),
      ),
  };
}
