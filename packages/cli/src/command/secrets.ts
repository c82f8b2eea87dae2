import { UsageError } from "../system/failure.ts";
import type { Given } from "./command.ts";
import type { Context } from "./context.ts";

/**
 * The values of the secrets that were named; `null` for one that goes, and for all where none was named. A value is never
 * on the command line, where every user of the machine could read it: it is asked for, or it is standard input.
 */
export async function secretsGiven(
  { deps, json }: Context,
  given: Given,
  flag: "secret" | "build-secret",
): Promise<Readonly<Record<string, string | null>> | null> {
  const names = given.list(flag);
  const removed = given.list(`unset-${flag}`);
  if (names.length === 0 && removed.length === 0) return null;
  for (const name of names) {
    if (name.includes("="))
      throw new UsageError(
        "Don't put a secret's value on the command line, where other users can read it.",
        `Use --${flag} ${name.split("=")[0]}, which prompts for it or reads standard input.`,
      );
  }
  if (allSecrets(given).length > 1 && !asks(deps, json))
    throw new UsageError(
      "Standard input can hold the value of only one secret.",
      "Set them one at a time, or use a file with --from.",
    );
  const values: [string, string | null][] = removed.map((name) => [name, null]);
  for (const name of names) values.push([name, await read({ deps, json }, name)]);
  return Object.fromEntries(values);
}

/** The Git token that was named; `null`: it goes. `undefined`: nothing was said of it. */
export async function gitTokenGiven(context: Context, given: Given): Promise<string | null | undefined> {
  if (given.has("unset-git-token")) return null;
  if (!given.has("git-token")) return undefined;
  if (allSecrets(given).length > 0 && !asks(context.deps, context.json))
    throw new UsageError(
      "Standard input can hold only one value: a secret or the Git token.",
      "Set them one at a time, or use a file with --from.",
    );
  return read(context, "the Git token");
}

/** Standard input holds the value of one of them. */
const allSecrets = (given: Given): readonly string[] => [...given.list("secret"), ...given.list("build-secret")];

const asks = (deps: Context["deps"], json: boolean): boolean => deps.questions !== null && !json;

async function read({ deps, json }: Pick<Context, "deps" | "json">, name: string): Promise<string> {
  const value =
    deps.questions !== null && !json
      ? await deps.questions.secret(`Value of ${name}`)
      : withoutLastNewline(await deps.readInput());
  if (value === "") throw new UsageError(`The value of ${name} is empty.`);
  return value;
}

/** What `echo` and editors add. */
const withoutLastNewline = (text: string): string => text.replace(/\r?\n$/, "");
