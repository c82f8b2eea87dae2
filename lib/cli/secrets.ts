import type { Given } from "./command.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./failure.ts";

/**
 * The values of the secrets that were named; `null` for one that goes, and for all where none was named. A value is never
 * on the command line, where every user of the machine could read it: it is asked for, or it is standard input.
 */
export async function secretsGiven(
  { world, json }: Context,
  given: Given,
): Promise<Readonly<Record<string, string | null>> | null> {
  const names = given.list("secret");
  const removed = given.list("unset-secret");
  if (names.length === 0 && removed.length === 0) return null;
  for (const name of names) {
    if (name.includes("="))
      throw new UsageError(
        "A secret's value does not belong on the command line, where others can read it.",
        `--secret ${name.split("=")[0]} asks for it, or reads it from standard input.`,
      );
  }
  const values: [string, string | null][] = removed.map((name) => [name, null]);
  if (world.questions !== null && !json) {
    for (const name of names) values.push([name, await world.questions.secret(`The value of ${name}`)]);
  } else if (names.length > 1) {
    throw new UsageError(
      "Standard input is the value of one secret.",
      "Set one after the other, or give them in a file: --from.",
    );
  } else {
    for (const name of names) values.push([name, withoutLastNewline(await world.readInput())]);
  }
  const empty = values.find(([, value]) => value === "")?.[0];
  if (empty !== undefined) throw new UsageError(`The value of ${empty} is empty.`);
  return Object.fromEntries(values);
}

/** What `echo` and editors add. */
const withoutLastNewline = (text: string): string => text.replace(/\r?\n$/, "");
