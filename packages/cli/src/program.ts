import { Option as Flag, Command as Parsed, Argument as Positional } from "commander";
import { type Command, Given, type Option } from "./command/command.ts";
import type { GlobalOptions } from "./command/context.ts";
import { helpAdvice } from "./system/failure.ts";

export interface Asked {
  readonly command: Command;
  /** As it is typed: `slipway apps set`. */
  readonly line: string;
  readonly given: Given;
  readonly global: GlobalOptions;
}

export interface ProgramOptions {
  readonly version: string;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly columns: () => number | undefined;
}

/** A parser made of a tree of commands. `ask` is called with the one that was typed. */
export function createProgram(
  root: Command,
  global: readonly Option[],
  { version, write, writeError, columns }: ProgramOptions,
  ask: (asked: Asked) => Promise<void>,
): Parsed {
  const program = build(root, ask)
    .version(version, "-V, --version", "Print the version")
    .helpCommand("help [command]", "Show help for a command");
  for (const option of global) program.addOption(flagOf(option));
  prepare(program, (command) =>
    command
      .exitOverride()
      .showHelpAfterError(
        command.parent === null ? "Run slipway --help for a list of commands." : helpAdvice(lineOf(command)),
      )
      .configureHelp({ showGlobalOptions: true, subcommandTerm: termOf })
      .configureOutput({
        writeOut: write,
        writeErr: writeError,
        outputError: (text, write) => write(asSentence(text)),
        getOutHelpWidth: () => columns() ?? 100,
        getErrHelpWidth: () => columns() ?? 100,
      })
      .helpOption("-h, --help", "Show help"),
  );
  return program;
}

/** `error: unknown command 'x'` in the form of every other error. */
export function asSentence(text: string): string {
  const said = text.replace(/^error: /, "");
  return said.slice(0, 1).toUpperCase() + said.slice(1);
}

/** That a command has options goes without saying. */
const termOf = (command: Parsed): string =>
  `${command.name()} ${command.usage().replace(/^\[options\] ?(\[command\])?/, "")}`.trim();

function prepare(command: Parsed, change: (command: Parsed) => unknown): void {
  change(command);
  for (const inner of command.commands) prepare(inner, change);
}

function build(command: Command, ask: (asked: Asked) => Promise<void>): Parsed {
  const { name, summary, description, usage, examples = [] } = command;
  const parsed = new Parsed(name).summary(summary).description(sentence(summary, description)).helpCommand(false);
  for (const { name: called, summary: of, required, many = false, choices } of command.arguments ?? []) {
    const all = many ? `${called}...` : called;
    const positional = new Positional(required ? `<${all}>` : `[${all}]`, of);
    parsed.addArgument(choices === undefined ? positional : positional.choices(choices));
  }
  if (usage !== undefined) parsed.usage(`[options] ${usage}`);
  for (const option of command.options ?? []) parsed.addOption(flagOf(option));
  for (const inner of command.commands ?? []) parsed.addCommand(build(inner, ask), { hidden: inner.hidden === true });
  if (examples.length > 0)
    parsed.addHelpText("after", `\nExamples:\n${examples.map((line) => `  $ slipway ${line}\n`).join("")}`);
  const { run } = command;
  if (run !== undefined) {
    if (command.commands !== undefined) parsed.allowExcessArguments(true);
    parsed.action(async (..._given: unknown[]) => {
      if (command.commands !== undefined && parsed.args.length > 0) refuseUnknown(parsed);
      await ask({ command, line: lineOf(parsed), given: givenTo(command, parsed), global: parsed.optsWithGlobals() });
    });
  }
  return parsed;
}

const lineOf = (parsed: Parsed): string =>
  parsed.parent === null ? parsed.name() : `${lineOf(parsed.parent)} ${parsed.name()}`;

/** As commander does where a command with commands has nothing to do of its own: with what may have been meant. */
function refuseUnknown(parsed: Parsed): never {
  return (parsed as unknown as { unknownCommand(): never }).unknownCommand();
}

function sentence(summary: string, description: string | undefined): string {
  const first = `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}`;
  const whole = first.endsWith(".") ? first : `${first}.`;
  // Lines within a sentence are lines of the source; help makes its own.
  return description === undefined ? whole : `${whole}\n\n${description.replace(/([^.])\n/g, "$1 ")}`;
}

function flagOf({ name, short, value, summary, choices, many }: Option): Flag {
  const flags = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` <${value}>`}`;
  const flag = new Flag(flags, summary);
  if (many === true) flag.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  return choices === undefined ? flag : flag.choices(choices);
}

/** By the names of the tree, whatever the parser calls them. */
function givenTo(command: Command, parsed: Parsed): Given {
  const values: Record<string, unknown> = parsed.opts();
  const options = (command.options ?? []).map((option) => {
    const flag = flagOf(option);
    const value = values[flag.attributeName()];
    // `--no-cache` stands for the opposite of what it is kept as.
    return [option.name, flag.negate ? value === false : value];
  });
  const typed = (command.arguments ?? []).map(({ name }, at) => [name, parsed.processedArgs[at]]);
  return new Given(
    Object.fromEntries([...options, ...typed.filter(([, value]) => Array.isArray(value))]),
    Object.fromEntries(typed),
  );
}
