import { createInterface } from "node:readline/promises";
import { Refused } from "./refused.ts";

/** Where a command of the operator prints, and asks. */
export interface Terminal {
  readonly say: (text: string) => void;
  /** `null`: nobody is there who could answer. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** The terminal of this process. */
export function processTerminal({ stdin, stdout }: Streams = process): Terminal {
  return {
    say: (text) => void stdout.write(`${text}\n`),
    ask:
      stdin.isTTY === true && stdout.isTTY === true
        ? async (question) => {
            const lines = createInterface({ input: stdin, output: stdout });
            try {
              return await lines.question(question);
            } catch (error) {
              // Ctrl-C or Ctrl-D: nobody agrees.
              if (!(error instanceof Error && error.name === "AbortError")) throw error;
              stdout.write("\n");
              return "";
            } finally {
              lines.close();
            }
          }
        : null,
  };
}

/** Goes on only with a yes: `--yes`, or the expected answer in a terminal. Throws `Refused` otherwise. */
export async function confirm(
  { ask }: Terminal,
  { yes, question, expected }: { yes: boolean; question: string; expected: readonly string[] },
): Promise<void> {
  if (yes) return;
  if (ask === null)
    throw new Refused(
      "Nothing was changed. There is no terminal for the confirmation: pass --yes to continue without it.",
    );
  const answer = (await ask(question)).trim();
  if (!expected.includes(answer)) throw new Refused("Nothing was changed.");
}
