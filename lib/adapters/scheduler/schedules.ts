import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  paginateListSchedules,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { periodOf } from "@slipway/text/schedule";
import type { CronSchedule, Schedules } from "../../core/ports/crons.ts";

export interface SchedulesOptions {
  /** What the names of everything made at run time begin with. */
  readonly namePrefix: string;
  /** The schedule group of the installation. */
  readonly group: string;
  /** As which Scheduler sends to the queue. */
  readonly roleArn: string;
  readonly queueArn: string;
  /** The time now, as a timestamp. */
  readonly now: () => string;
}

/** A message that is later than that comes to nothing. */
const oldestSeconds = 15 * 60;

const nameOf = ({ namePrefix }: SchedulesOptions, appId: number, cron: string): string =>
  `${namePrefix}-${appId}-${cron}`;

/** Schedules of EventBridge Scheduler, one for each cron of each app, in the installation's own group. */
export function awsSchedules(client: SchedulerClient, options: SchedulesOptions): Schedules {
  const { group: GroupName } = options;

  const namesOf = async (appId: number): Promise<readonly string[]> => {
    const names: string[] = [];
    const asked = { GroupName, NamePrefix: nameOf(options, appId, "") };
    for await (const { Schedules: page = [] } of paginateListSchedules({ client }, asked))
      names.push(...page.flatMap(({ Name }) => Name ?? []));
    return names;
  };

  const wanted = (appId: number, cron: CronSchedule) =>
    ({
      Name: nameOf(options, appId, cron.name),
      GroupName,
      ScheduleExpression: cron.expression,
      ScheduleExpressionTimezone: cron.timezone,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: options.queueArn,
        RoleArn: options.roleArn,
        Input: JSON.stringify({
          type: "cron",
          app_id: appId,
          cron: cron.name,
          scheduled_at: "<aws.scheduler.scheduled-time>",
        }),
        RetryPolicy: { MaximumEventAgeInSeconds: oldestSeconds },
      },
    }) satisfies CreateScheduleCommandInput;

  /** `true`: it was made or changed. */
  const ensure = async (appId: number, cron: CronSchedule, isThere: boolean): Promise<boolean> => {
    const schedule = wanted(appId, cron);
    if (isThere && (await isSame(schedule))) return false;
    // A rate without a start would come at once.
    const period = periodOf(cron.expression);
    const StartDate = period === null ? undefined : new Date(Date.parse(options.now()) + period);
    const input = { ...schedule, StartDate };
    try {
      await client.send(isThere ? new UpdateScheduleCommand(input) : new CreateScheduleCommand(input));
    } catch (error) {
      // Somebody else made or removed it meanwhile.
      if (error instanceof ConflictException && !isThere) return ensure(appId, cron, true);
      if (error instanceof ResourceNotFoundException && isThere) return ensure(appId, cron, false);
      throw error;
    }
    return true;
  };

  const isSame = async (schedule: ReturnType<typeof wanted>): Promise<boolean> => {
    try {
      const found = await client.send(new GetScheduleCommand({ Name: schedule.Name, GroupName }));
      return (
        found.ScheduleExpression === schedule.ScheduleExpression &&
        found.ScheduleExpressionTimezone === schedule.ScheduleExpressionTimezone &&
        found.State !== "DISABLED" &&
        found.Target?.Arn === schedule.Target.Arn &&
        found.Target.RoleArn === schedule.Target.RoleArn &&
        found.Target.Input === schedule.Target.Input
      );
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false;
      throw error;
    }
  };

  const remove = async (Name: string): Promise<void> => {
    try {
      await client.send(new DeleteScheduleCommand({ Name, GroupName }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  };

  return {
    set: async (appId, crons) => {
      const there = new Set(await namesOf(appId));
      let changed = false;
      for (const cron of crons) {
        const name = nameOf(options, appId, cron.name);
        if (await ensure(appId, cron, there.has(name))) changed = true;
        there.delete(name);
      }
      for (const name of there) await remove(name);
      return changed || there.size > 0;
    },
  };
}
