import {
  type CloudWatchLogsClient,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import type { AppLogs } from "../../core/ports/app-logs.ts";

/** The logs of apps in CloudWatch. `groupOf` names an app's log group. */
export function awsAppLogs(client: CloudWatchLogsClient, groupOf: (appId: number) => string): AppLogs {
  return {
    read: async ({ app_id, from, to, prefix, text, token }) => {
      const pattern = patternOf(text);
      const pages = paginateFilterLogEvents(
        { client, ...(token === null ? {} : { startingToken: token }) },
        {
          logGroupName: groupOf(app_id),
          startTime: from,
          ...(to === null ? {} : { endTime: to }),
          ...(prefix === "" ? {} : { logStreamNamePrefix: prefix }),
          ...(pattern === null ? {} : { filterPattern: pattern }),
        },
      );
      try {
        for await (const { events = [], nextToken = null } of pages) {
          const read = events.map(({ logStreamName: stream = "", timestamp: at = 0, message = "" }) => ({
            stream,
            at,
            message: withoutLineEnd(message),
          }));
          return { events: read, token: nextToken };
        }
      } catch (error) {
        // Nothing of the app was released since it has a log group of its own.
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
      return { events: [], token: null };
    },
  };
}

/**
 * What has the text in it, as CloudWatch says it; `null`: it cannot, and every line is read. A pattern between percent signs
 * is a regular expression that may match anywhere, of these characters and others behind a backslash:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
 */
export function patternOf(text: string): string | null {
  return /^[A-Za-z0-9:_#=@/;,-]+$/.test(text) ? `%${text}%` : null;
}

function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && "\r\n".includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
