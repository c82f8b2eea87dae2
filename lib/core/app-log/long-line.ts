import type { CutEnds } from "@slipway/text/redactor";
import type { AppLogEvent } from "../ports/app-logs.ts";

/**
 * The log driver makes several events of a line of more than 16 KB, since it does not block the app:
 * https://github.com/moby/moby/issues/41794. None of them ends within a character, so a part may be shorter by three bytes.
 */
const shortestPart = 16 * 1024 - 3;

/** Whether the line goes on in the next event of its stream, as far as its length tells. */
const goesOn = (message: string): boolean =>
  message.length >= shortestPart || (message.length * 3 >= shortestPart && Buffer.byteLength(message) >= shortestPart);

/** Marks events that continue a line, in lists of events that are read one after the other and leave none out. */
export function continuationMarker(): (events: readonly AppLogEvent[]) => AppLogEvent[] {
  const unfinished = new Set<string>();
  return (events) =>
    events.map((event) => {
      const continues = unfinished.has(event.stream);
      if (goesOn(event.message)) unfinished.add(event.stream);
      else unfinished.delete(event.stream);
      return continues ? { ...event, continues } : event;
    });
}

/** At which of its ends a line lacks what was printed with it. */
export const cutOf = ({ message, continues = false }: Pick<AppLogEvent, "message" | "continues">): CutEnds => ({
  start: continues,
  end: goesOn(message),
});
