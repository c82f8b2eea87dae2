import { createInterface } from "node:readline/promises";
import { Refused } from "./refused.ts";

/** Where a command of the operator prints, and asks. */
export interface Terminal {
  readonly say: (text: string) => void;
  /** `null`: nobody is there who could answer. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout } = process;
  return {
    say: (text) => void stdout.write(`${text}\n`),
    ask:
      stdin.isTTY && stdout.isTTY
        ? async (question) => {
            const lines = createInterface({ input: stdin, output: stdout });
            try {
              return await lines.question(question);
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
