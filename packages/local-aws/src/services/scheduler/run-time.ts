import type { LocalContext } from "../../kernel/part.ts";
import type { Deliveries } from "../events/deliveries.ts";
import { targetFrom } from "../events/delivery.ts";
import { inputAt } from "./input.ts";
import { arnOf, keyOf, nextAfter, type RunTimeSchedule, scheduleSchema } from "./model.ts";

/** The schedules that were made at run time, which survive a kill, and the clock that fires them. */
export interface RunTimeSchedules {
  get(group: string, name: string): RunTimeSchedule | undefined;
  put(schedule: RunTimeSchedule): void;
  delete(group: string, name: string): void;
  all(): readonly RunTimeSchedule[];
  start(): void;
  close(): void;
}

/** The wall clock may be set: it is looked at as often as that. */
const LONGEST_WAIT_MS = 10_000;

export function runTimeSchedules(context: LocalContext, deliveries: Deliveries): RunTimeSchedules {
  const { clock } = context;
  const stored = context.state.collection("schedules", scheduleSchema);
  let cancel = () => {};
  let isOpen = false;

  function look(): void {
    const now = clock.now();
    for (const schedule of stored.all()) fireDue(schedule, now);
    arm();
  }

  /**
   * EventBridge Scheduler goes on while nobody listens, and delivers late what is not too old: so does this with what came while
   * the local mode did not run.
   */
  function fireDue(schedule: RunTimeSchedule, now: number): void {
    const { GroupName, Name, Target } = schedule;
    const arn = arnOf(context, GroupName, Name);
    const oldest = now - Target.RetryPolicy.MaximumEventAgeInSeconds * 1000;
    // A clock that was ahead must not keep it from firing.
    const from = Math.max(Math.min(schedule.doneUntil, now), oldest);
    let last: number | null = null;
    for (let at = nextAfter(schedule, from); at !== null && at <= now; at = nextAfter(schedule, at)) {
      deliveries.add(targetFrom(Target, arn), inputAt(context, { arn, input: Target.Input }, at));
      last = at;
    }
    // After the delivery is on disk: a kill in between delivers twice, and loses nothing.
    if (last !== null) stored.put(keyOf(GroupName, Name), { ...schedule, doneUntil: last });
  }

  function arm(): void {
    cancel();
    if (!isOpen) return;
    const now = clock.now();
    const next = stored.all().flatMap((schedule) => nextAfter(schedule, Math.min(schedule.doneUntil, now)) ?? []);
    cancel = clock.after(Math.max(0, Math.min(LONGEST_WAIT_MS, ...next.map((at) => at - now))), look);
  }

  return {
    get: (group, name) => stored.get(keyOf(group, name)),
    all: () => stored.all(),
    put(schedule) {
      stored.put(keyOf(schedule.GroupName, schedule.Name), schedule);
      arm();
    },
    delete(group, name) {
      stored.delete(keyOf(group, name));
      arm();
    },
    start() {
      isOpen = true;
      arm();
    },
    close() {
      isOpen = false;
      cancel();
    },
  };
}
