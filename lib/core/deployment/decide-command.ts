import { commandLine } from "@slipway/text/words";
import { stageMessages } from "../stage.ts";
import { beginRelease } from "./decide-processes.ts";
import { completeEffect, type Draft, enqueueEffect, isWaitingFor, say } from "./draft.ts";
import { fail } from "./ending.ts";
import type { EventOf } from "./event.ts";

/** The message while the release command runs. */
export const commandMessage = "Running the release command";

export function commandNumbered(draft: Draft, run_id: number): Draft | string {
  if (!isWaitingFor(draft, "number_release_command")) return "no release command was to be numbered";
  const words = commandLine(draft.settings.release_command ?? []);
  const numbered = say(completeEffect(draft, "number_release_command"), `${commandMessage}: ${words}`);
  const release_command = { run_id, running: true, lines: 0, cursor: null };
  return enqueueEffect({ ...numbered, release_command }, { type: "start_release_command" });
}

export function commandPrinted(draft: Draft, event: EventOf<"release_command_printed">): Draft | string {
  const command = draft.release_command;
  if (command?.run_id !== event.run_id || command.lines !== event.before) return "its lines are known";
  return { ...draft, release_command: { ...command, lines: event.lines, cursor: event.cursor } };
}

export const commandOver = (draft: Draft): Draft => ({
  ...draft,
  release_command: draft.release_command && { ...draft.release_command, running: false },
});

export function commandEnded(
  draft: Draft,
  { succeeded, exit_code, message }: EventOf<"release_command_ended">,
  now: string,
): Draft | string {
  if (!draft.release_command?.running) return "no release command runs";
  const over = completeEffect(commandOver(draft), "start_release_command");
  if (over.ending !== null) return completeEffect(over, "stop_release_command");
  if (succeeded)
    return beginRelease({ ...say(over, "The release command succeeded."), message: stageMessages.deploying });
  const why = `The release command failed: ${message.replace(/\.$/, "")}. Nothing was released. Fix it, and deploy again.`;
  return fail(over, "release_command_failed", why, now, exit_code);
}
