import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import type { AppLogGroups } from "../../core/ports/app-logs.ts";
import { appLogGroup, ownerTags, type ReleasesOptions } from "./options.ts";

/** The log group of each app, which is made with its first release. */
export function logGroups(
  client: CloudWatchLogsClient,
  options: ReleasesOptions,
): AppLogGroups & { readonly remove: (appId: number) => Promise<void> } {
  return {
    ensure: async ({ app_id, settings }) => {
      const logGroupName = appLogGroup(options, app_id);
      try {
        await client.send(new CreateLogGroupCommand({ logGroupName, tags: ownerTags(options, app_id) }));
      } catch (error) {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
      }
      await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: settings.log_retention_days }));
    },

    remove: async (appId) => {
      try {
        await client.send(new DeleteLogGroupCommand({ logGroupName: appLogGroup(options, appId) }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}
