import * as z from "zod";

/** One value a period, the first for the period that begins with the reading; `null`: nothing was measured. */
const values = z.array(z.number().nullable());
export type Values = z.infer<typeof values>;

/** What was measured of one target group. A version has a group of its own while traffic shifts to it. */
const groupReadingSchema = z.object({
  requests: values,
  errors_4xx: values,
  errors_5xx: values,
  /** Connections to tasks that did not come about. */
  connection_errors: values,
  /** The most that were unhealthy at the same time. */
  unhealthy_tasks: values,
  /** In milliseconds. */
  latency_p50: values,
  latency_p95: values,
  latency_p99: values,
});
export type GroupReading = z.infer<typeof groupReadingSchema>;

/** What was measured of the tasks of one process. */
const processReadingSchema = z.object({
  /** Percent of what its tasks have. */
  cpu: values,
  memory: values,
  /** How many run. */
  tasks: values,
});
export type ProcessReading = z.infer<typeof processReadingSchema>;

/** An alarm that went off or is silent again. */
const alarmChangeSchema = z.object({
  at: z.string(),
  alarm: z.enum(["errors", "latency"]),
  state: z.enum(["alarm", "ok"]),
  reason: z.string(),
});
export type AlarmChange = z.infer<typeof alarmChangeSchema>;

/** What AWS measured of an app. It is a minute or two late: the last periods may still change. */
export const readingSchema = z.object({
  read_at: z.string(),
  from: z.string(),
  period_seconds: z.number().int().positive(),
  /** How many periods there are. */
  periods: z.number().int(),
  groups: z.array(groupReadingSchema),
  /** By the name of the process. */
  processes: z.record(z.string(), processReadingSchema),
  alarms: z.array(alarmChangeSchema),
});
export type Reading = z.infer<typeof readingSchema>;

/** Which values are read: whole periods, in milliseconds since the epoch. */
export interface UsageRange {
  readonly app_id: number;
  /** The processes whose tasks are asked for. */
  readonly processes: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly period_seconds: number;
}

/** A task that stopped and was not to; its service started another one. */
export const restartSchema = z.object({
  app_id: z.number().int().positive(),
  process: z.string(),
  /** Of which release it was; `null`: not known. */
  deployment_id: z.number().int().positive().nullable(),
  task: z.string(),
  stopped_at: z.string(),
  exit_code: z.number().int().nullable(),
  reason: z.string().nullable(),
});
export type Restart = z.infer<typeof restartSchema>;

/** For so long usage looks back, in hours and in days. */
export const longestHours = 720;
export const restartsKeptDays = 32;
/** For so long there are values for each minute. */
export const minuteHours = 3;
/** What was measured in the last minutes may still come. */
export const lateSeconds = 180;
