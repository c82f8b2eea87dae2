import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import * as z from "zod";
import type { Settings } from "../../core/app.ts";
import { bakeSeconds, isWatched } from "../../core/deployment/bake.ts";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import { collected } from "../collected.ts";
import { type AlarmKind, alarmKinds, alarmName, type Counted } from "./alarm-kinds.ts";
import { ownerTags, type ReleasesOptions, tagList } from "./options.ts";

/** The alarms of a release. `note`: why they will not end it, in a sentence. */
interface Watch {
  readonly names: readonly string[];
  readonly note: string | null;
}

/** So that what fixes the trouble can be released. */
const deaf = (names: readonly string[]): string =>
  `ECS watches no alarms during this release, because ${names.join(" and ")} is already in alarm.`;

/** The alarms that an app has for its releases. They are of CloudWatch; that one of them ends a release is ECS's doing. */
export function releaseAlarms(client: CloudWatchClient, options: Pick<ReleasesOptions, "namePrefix" | "installation">) {
  const nameOf = (kind: AlarmKind, appId: number): string => alarmName(options, kind, appId);

  const find = async (names: readonly string[]): Promise<readonly MetricAlarm[]> => {
    if (names.length === 0) return [];
    const asked = { AlarmNames: [...names], AlarmTypes: ["MetricAlarm" as const] };
    return collected(paginateDescribeAlarms({ client }, asked), ({ MetricAlarms }) => MetricAlarms);
  };

  /** Only what exists: CloudWatch refuses to delete what does not. */
  const remove = async (names: readonly string[]): Promise<void> => {
    const existing = (await find(names)).flatMap(({ AlarmName }) => AlarmName ?? []);
    if (existing.length > 0) await client.send(new DeleteAlarmsCommand({ AlarmNames: existing }));
  };

  return {
    /** Makes those that the settings ask for, or brings them up to date. */
    ensure: async ({ app_id, settings }: ReleaseOrder, counted: Counted): Promise<Watch> => {
      const wanted = wantedBy(settings);
      const names = wanted.map(({ kind }) => nameOf(kind, app_id));
      const ringing = (await find(names)).filter(({ StateValue }) => StateValue === "ALARM");
      for (const { kind, threshold } of wanted) {
        await client.send(
          new PutMetricAlarmCommand({
            AlarmName: nameOf(kind, app_id),
            AlarmDescription: `Slipway rolls back to the earlier release of ${settings.name} if this alarm goes off while a release bakes.`,
            Metrics: kind.metrics(counted),
            ComparisonOperator: "GreaterThanThreshold",
            Threshold: threshold,
            TreatMissingData: "notBreaching",
            ...evaluationFor(settings),
            Tags: tagList(ownerTags(options, app_id)),
          }),
        );
      }
      return { names, note: ringing.length === 0 ? null : deaf(ringing.map(({ AlarmName = "" }) => AlarmName)) };
    },

    /** Deletes what the settings do not ask for any more. Only when no service names it: ECS could not read it then. */
    tidy: async ({ app_id, settings }: ReleaseOrder): Promise<void> => {
      const wanted = wantedBy(settings).map(({ kind }) => kind);
      await remove(alarmKinds.filter((kind) => !wanted.includes(kind)).map((kind) => nameOf(kind, app_id)));
    },

    removeAll: (appId: number): Promise<void> => remove(alarmKinds.map((kind) => nameOf(kind, appId))),

    /** What tripped, in sentences. Measured values are included as long as CloudWatch still shows them. */
    words: async (names: readonly string[], appId: number): Promise<string> => {
      const found = await find(names);
      const kindOf = (name: string) => alarmKinds.find((kind) => nameOf(kind, appId) === name);
      return names.map((name) => sentence(name, kindOf(name), found)).join(" ");
    },
  };
}

function wantedBy(settings: Settings): { readonly kind: AlarmKind; readonly threshold: number }[] {
  if (!isWatched(settings)) return [];
  return alarmKinds.flatMap((kind) => {
    const threshold = kind.threshold(settings);
    return threshold === null ? [] : [{ kind, threshold }];
  });
}

/**
 * A minute's figures come a minute or two late, and `FILL` takes a figure that has not come for 0: so one minute more is looked
 * at than has to be bad. Two bad ones are asked for where the bake leaves time for that.
 */
const evaluationFor = ({ strategy }: Settings) =>
  bakeSeconds(strategy) < 5 * 60
    ? { DatapointsToAlarm: 1, EvaluationPeriods: 2 }
    : { DatapointsToAlarm: 2, EvaluationPeriods: 3 };

function sentence(name: string, kind: AlarmKind | undefined, found: readonly MetricAlarm[]): string {
  const alarm = found.find(({ AlarmName }) => AlarmName === name);
  if (kind === undefined || alarm?.Threshold === undefined)
    return `The alarm ${name} tripped. Check its metric in CloudWatch, then deploy again.`;
  return `The alarm ${name} tripped: ${kind.words(alarm.Threshold, worstOf(alarm))}`;
}

/** JSON in a string. What it says beside this, and whether it says this, is CloudWatch's. */
const reasonData = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      context.issues.push({ code: "custom", message: String(error), input: text });
      return z.NEVER;
    }
  })
  .pipe(z.object({ recentDatapoints: z.array(z.number().nullable()) }));

/** The highest value that made it trip; `null`: it is silent again, or CloudWatch words it otherwise. */
function worstOf({ StateValue, StateReasonData }: MetricAlarm): number | null {
  if (StateValue !== "ALARM") return null;
  const parsed = reasonData.safeParse(StateReasonData);
  if (!parsed.success) return null;
  const values = parsed.data.recentDatapoints.filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}
