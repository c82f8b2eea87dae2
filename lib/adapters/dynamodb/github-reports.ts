import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type GitHubReportKey, gitHubReportSchema } from "../../core/notices/channels/github-report.ts";
import type { GitHubReports } from "../../core/ports/notices.ts";
import { padded, unlessConditionFails } from "./table.ts";

const keptSeconds = 90 * 24 * 3600;

/** What was reported to GitHub, in DynamoDB, beside the deliveries of notices. */
export function awsGitHubReports(client: DynamoDBDocumentClient, table: string): GitHubReports {
  const keyOf = ({ app_id, deployment_id }: GitHubReportKey) => ({ app_id, item: `github#${padded(deployment_id)}` });
  const expiry = (now: string) => Math.floor(Date.parse(now) / 1000) + keptSeconds;
  return {
    get: async (key) => {
      const answer = await client.send(new GetCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }));
      return answer.Item === undefined ? null : gitHubReportSchema.parse(answer.Item);
    },
    replace: (next, now) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...next, ...keyOf(next), expires_at: expiry(now) },
            ConditionExpression: next.version === 1 ? "attribute_not_exists(app_id)" : "version = :before",
            ...(next.version === 1 ? {} : { ExpressionAttributeValues: { ":before": next.version - 1 } }),
          }),
        ),
      ),
    takeCommit: (appId, commit, deploymentId, now) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { app_id: appId, item: `commit#${commit}`, deployment_id: deploymentId, expires_at: expiry(now) },
            ConditionExpression: "attribute_not_exists(app_id) OR deployment_id <= :mine",
            ExpressionAttributeValues: { ":mine": deploymentId },
          }),
        ),
      ),
  };
}
