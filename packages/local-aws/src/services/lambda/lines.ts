import * as z from "zod";

const Entry = z.record(z.string(), z.unknown());

/** A JSON object as it is; any other text as `{message}`. */
function entryOf(line: string): Record<string, unknown> {
  if (!line.startsWith("{")) return { message: line };
  try {
    const parsed = Entry.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : { message: line };
  } catch {
    // Not JSON after all: a line of text like any other.
    return { message: line };
  }
}

/** Cuts what a function writes into lines. */
export interface LineLog {
  push(stream: "stdout" | "stderr", text: string): void;
  /** Logs what is left without a line end. */
  flush(): void;
}

/** Calls `write` once a line, with the fields of a JSON line or with `{message}`. Empty lines are left out. */
export function openLineLog(write: (entry: Record<string, unknown>) => void): LineLog {
  const rest = { stdout: "", stderr: "" };
  const emit = (line: string): void => {
    if (line.trim() !== "") write(entryOf(line));
  };
  return {
    push: (stream, text) => {
      const lines = (rest[stream] + text).split("\n");
      rest[stream] = lines.pop() ?? "";
      for (const line of lines) emit(line);
    },
    flush: () => {
      for (const stream of ["stdout", "stderr"] as const) {
        emit(rest[stream]);
        rest[stream] = "";
      }
    },
  };
}
