import { inlineText } from "@slipway/text/inert";
import { CommanderError } from "commander";
import type { Command } from "./command/command.ts";
import { Context } from "./command/context.ts";
import { flagFor } from "./command/settings.ts";
import type { Server } from "./configuration/server.ts";
import { type Asked, asSentence, createProgram } from "./program.ts";
import type { CliDeps, Output } from "./system/deps.ts";
import { exit, type Failure, failureOf, withNextCommand } from "./system/failure.ts";
import { wrapped } from "./terminal/width.ts";
import { globalOptions, tree } from "./tree.ts";

/** Runs what was typed after `slipway`, and answers the exit status. Errors go to standard error. */
export async function main(words: readonly string[], deps: CliDeps, version: string): Promise<number> {
  let status: number = exit.done;
  let misread = "";
  const output = {
    version,
    write: (text: string) => deps.out.write(text),
    writeError: (text: string) => {
      misread += text;
    },
    columns: () => deps.out.columns(),
  };
  const program = createProgram(tree, globalOptions, output, async ({ command, line, given, global }) => {
    const context = new Context(deps, global);
    try {
      status = (await command.run?.(context, given)) ?? exit.done;
    } catch (error) {
      status = await report(context, error, { command, line });
    }
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version are what was asked for; help that nobody asked for means that something is missing.
    const isAsked =
      ["commander.helpDisplayed", "commander.version"].includes(error.code) || error.message === "(outputHelp)";
    if (isAsked && error.exitCode === 0) return exit.done;
    // The parser knows which command was meant, and has written its advice below what is wrong.
    const advice = misread.trimEnd().split("\n").at(-1) ?? null;
    const failure = { sentence: asSentence(error.message), code: "usage", details: [], advice, exit: exit.usage };
    deps.err.write(words.includes("--json") ? `${JSON.stringify(asJson(failure))}\n` : misread);
    return exit.usage;
  }
}

async function report(
  context: Context,
  error: unknown,
  { command, line }: Pick<Asked, "command" | "line">,
): Promise<number> {
  const { deps, json } = context;
  const known = failureOf(error, deps.env);
  if (known === null) throw error;
  const isRefused = known.code === "unauthorized";
  const advice = isRefused ? await adviceHere(context, known) : known.advice;
  const sentence = isRefused ? signedOut(context.server) : known.sentence;
  const failure = { ...known, sentence, advice: withNextCommand({ ...known, advice }, line) };
  deps.err.write(json ? `${JSON.stringify(asJson(failure))}\n` : inWords(failure, command, deps.err));
  return failure.exit;
}

/** The API speaks of headers, which nobody types here. */
const signedOut = ({ url, token }: Server): string =>
  token === null
    ? `You are not signed in to ${url}.`
    : `${url} does not accept the token. It is wrong, expired or revoked.`;

/** A local mode of this user wants no token; what is wrong with it says more. */
async function adviceHere(context: Context, { advice }: Failure): Promise<string | null> {
  const refusal = await context.localRefusal();
  return refusal === null ? advice : `Here ${refusal.says}. ${refusal.advice}`;
}

const asJson = ({ sentence, code, details, advice }: Failure) => ({
  success: false,
  error: sentence,
  code,
  details,
  advice,
});

function inWords({ sentence, details, advice }: Failure, command: Command, err: Output): string {
  const columns = (err.isTerminal ? err.columns() : undefined) ?? Number.POSITIVE_INFINITY;
  const lines = (text: string) => `${wrapped(inlineText(text), columns)}\n`;
  const flags = new Set(command.options?.map(({ name }) => `--${name}`));
  const named = details.map(({ field, message }) => {
    const flag = flagFor(field);
    return `  ${flags.has(flag.split(" ")[0] ?? "") ? flag : field}: ${inlineText(message)}\n`;
  });
  return `${lines(sentence)}${named.join("")}${advice === null ? "" : lines(advice)}`;
}
