import type { LocalContext } from "../../kernel/part.ts";

/** What the target gets at a time: the schedule's input with its variables filled in, or Scheduler's own event. */
export function inputAt(
  context: LocalContext,
  { arn, input }: { readonly arn: string; readonly input: string | undefined },
  at: number,
): string {
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const id = context.randomHex(32);
  if (input !== undefined) {
    return input
      .replaceAll("<aws.scheduler.schedule-arn>", arn)
      .replaceAll("<aws.scheduler.scheduled-time>", time)
      .replaceAll("<aws.scheduler.execution-id>", id);
  }
  const { account, region } = context;
  const about = { version: "0", id, "detail-type": "Scheduled Event", source: "aws.scheduler", account, time, region };
  return JSON.stringify({ ...about, resources: [arn], detail: "{}" });
}
