import * as z from "zod";
import { auditEntrySchema } from "../access/audit.ts";

/**
 * Transactional outbox: what is to be done outside a deployment's row. An effect is stored in the same write as the state that asks for it and
 * completed when it was done; delivery is at least once, so each can be carried out twice without harm.
 */
export const effectSchema = z.discriminatedUnion("type", [
  /** Take, or queue for, the app's one place for a running deployment. */
  z.object({ type: z.literal("enter_lane") }),
  /** Find the branch's head. */
  z.object({ type: z.literal("resolve_commit") }),
  /** Note at the deployment that it promotes that it does. */
  z.object({ type: z.literal("note_promotion") }),
  z.object({ type: z.literal("start_build"), attempt: z.number().int() }),
  /** Make sure that no build of this attempt goes on. */
  z.object({ type: z.literal("stop_build"), attempt: z.number().int() }),
  /** A build whose start was under way when the end was decided: nobody waits for it, but it must not run on. */
  z.object({ type: z.literal("stop_orphaned_build"), build_id: z.string() }),
  /** A build is over, or will never be started: another may begin. */
  z.object({ type: z.literal("free_build_slot"), attempt: z.number().int() }),
  /** From here on the log refuses lines of this attempt. */
  z.object({ type: z.literal("close_build_log"), attempt: z.number().int() }),
  /** Begin to make what takes minutes and what every release needs, so that it is there when the build is done. */
  z.object({ type: z.literal("prepare_release") }),
  /** Give the release command's run a number, so that it is begun once. */
  z.object({ type: z.literal("number_release_command") }),
  /** Have the release command run, before the release is started. */
  z.object({ type: z.literal("start_release_command") }),
  z.object({ type: z.literal("stop_release_command") }),
  /** `attempt`: not the first; somebody else's release replaced the one before. */
  z.object({ type: z.literal("start_release"), attempt: z.number().int().optional() }),
  /** Ask the new version, before it gets traffic, whether it may. */
  z.object({ type: z.literal("check_release") }),
  /** Let the new version, which waits until its processes run, have traffic. */
  z.object({ type: z.literal("resume_release") }),
  /** Have the processes beside `web`, as far as their time has come, run the new version. */
  z.object({ type: z.literal("start_processes") }),
  /** Have the processes run what is live again, and nothing of this deployment. */
  z.object({ type: z.literal("stop_processes") }),
  /** Put the earlier release back, or leave nothing behind where there was none. */
  z.object({ type: z.literal("stop_release") }),
  /**
   * As with an orphaned build: a release whose start came through after the end. Only that one, by its task definition; `since`:
   * when that was noticed. `null`: what is live is put back, although this release had come to its end.
   */
  z.object({
    type: z.literal("stop_orphaned_release"),
    task_definition: z.string().nullable().default(null),
    since: z.string().nullable().default(null),
  }),
  /**
   * Once nobody can be at work on it any more: make sure that nothing runs of what was not to be live, and of what is live
   * only the start that passed its checks.
   */
  z.object({ type: z.literal("confirm_stopped") }),
  /** Note the release among the kept ones and as the app's live one. */
  z.object({ type: z.literal("record_release") }),
  /** What somebody did, for the audit log: recorded in the write that it changed, so that it is there even if the caller's request died. */
  z.object({ type: z.literal("record_audit_entry"), entry: auditEntrySchema }),
  /** A line of Slipway's own in the log; `number` counts them from 1. */
  z.object({ type: z.literal("write_line"), number: z.number().int(), line: z.string() }),
  /** What the app of a release that failed printed, into the log. */
  z.object({ type: z.literal("write_output") }),
  /** From here on the log refuses every line. */
  z.object({ type: z.literal("seal_log") }),
  z.object({ type: z.literal("leave_lane") }),
  /** Give up the images and the task definitions that the app needs no more, now that this release serves. */
  z.object({ type: z.literal("forget_images") }),
  /** Give up the versions of the app's secrets that no release names any more. */
  z.object({ type: z.literal("forget_secrets") }),
]);
export type Effect = z.infer<typeof effectSchema>;

/** Whether an effect starts or continues something, and is dropped once the end is decided. The others are carried out to the end. */
export const isDroppedAtEnd: Readonly<Record<Effect["type"], boolean>> = {
  enter_lane: true,
  resolve_commit: true,
  note_promotion: false,
  start_build: true,
  stop_build: false,
  stop_orphaned_build: false,
  free_build_slot: false,
  close_build_log: false,
  prepare_release: true,
  number_release_command: true,
  start_release_command: true,
  stop_release_command: false,
  start_release: true,
  check_release: true,
  resume_release: true,
  start_processes: true,
  stop_processes: false,
  stop_release: false,
  stop_orphaned_release: false,
  confirm_stopped: false,
  record_release: false,
  record_audit_entry: false,
  write_line: false,
  write_output: false,
  seal_log: false,
  leave_lane: false,
  forget_images: false,
  forget_secrets: false,
};

/**
 * Whether nothing is known from carrying an effect out but that it was done, so that it can be written down together with
 * what is done next. Of whoever dies before that it is carried out once more.
 */
export const isQuiet: Readonly<Record<Effect["type"], boolean>> = {
  enter_lane: false,
  resolve_commit: false,
  note_promotion: true,
  start_build: false,
  stop_build: false,
  stop_orphaned_build: true,
  free_build_slot: true,
  close_build_log: true,
  prepare_release: true,
  number_release_command: false,
  start_release_command: false,
  stop_release_command: true,
  start_release: false,
  check_release: false,
  resume_release: false,
  start_processes: false,
  stop_processes: false,
  stop_release: false,
  stop_orphaned_release: false,
  confirm_stopped: false,
  record_release: false,
  record_audit_entry: true,
  write_line: true,
  write_output: true,
  seal_log: true,
  leave_lane: true,
  forget_images: true,
  forget_secrets: true,
};

/** Names an effect within its deployment. Nothing is enqueued twice under one key. */
export function effectKey(effect: Effect): string {
  if ("attempt" in effect && effect.attempt !== undefined) return `${effect.type}#${effect.attempt}`;
  if ("build_id" in effect) return `${effect.type}#${effect.build_id}`;
  if ("task_definition" in effect && effect.task_definition !== null) return `${effect.type}#${effect.task_definition}`;
  if ("entry" in effect) return `${effect.type}#${effect.entry.id}`;
  if ("number" in effect) return `${effect.type}#${effect.number}`;
  return effect.type;
}
