import { commandLine, wordsOf } from "@slipway/text/words";
import type { CreateApp } from "./schemas.ts";

type Cron = CreateApp["crons"][number];

/** A cron while it is typed; `key` distinguishes rows. */
export interface CronDraft {
  readonly key: number;
  readonly name: string;
  readonly schedule: string;
  readonly timezone: string;
  /** As a command line. */
  readonly command: string;
  readonly overlap: Cron["overlap"];
  readonly timeoutMinutes: string;
}

export const newCron = (key: number): CronDraft => ({
  key,
  name: "",
  schedule: "",
  timezone: "UTC",
  command: "",
  overlap: "skip",
  timeoutMinutes: "60",
});

export const cronDrafts = (crons: readonly Cron[]): CronDraft[] =>
  crons.map((cron, key) => ({
    ...cron,
    key,
    command: commandLine(cron.command),
    timeoutMinutes: String(cron.timeoutMinutes),
  }));

/** What the API would be sent. */
export const cronInputs = (drafts: readonly CronDraft[]): readonly Readonly<Record<string, unknown>>[] =>
  drafts.map(({ key: _, name, schedule, timezone, command, overlap, timeoutMinutes }) => ({
    name: name.trim(),
    schedule: schedule.trim(),
    timezone: timezone.trim(),
    command: wordsOf(command),
    overlap,
    timeoutMinutes: timeoutMinutes.trim() === "" ? Number.NaN : Number(timeoutMinutes),
  }));
