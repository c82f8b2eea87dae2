import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import { appLogGroup, ownerTags, type ReleasesOptions } from "./options.ts";

/** The log group of each app, which is made with its first release. */
export function logGroups(client: CloudWatchLogsClient, options: ReleasesOptions) {
  return {
    /** Makes sure that it is there, and keeps its lines for as long as the app's settings say. */
    ensure: async ({ app_id, settings }: Pick<ReleaseOrder, "app_id" | "settings">): Promise<void> => {
      const logGroupName = appLogGroup(options, app_id);
      try {
        await client.send(new CreateLogGroupCommand({ logGroupName, tags: ownerTags(options, app_id) }));
      } catch (error) {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
      }
      await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: settings.log_retention_days }));
    },

    remove: async (appId: number): Promise<void> => {
      try {
        await client.send(new DeleteLogGroupCommand({ logGroupName: appLogGroup(options, appId) }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}
