import type { Command, Known, Option } from "../command/command.ts";

/** A word that may follow, and what it means. */
interface Candidate {
  readonly word: string;
  readonly summary: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What else fits that only the server or the file system knows. */
  readonly known: Known | null;
}

const nothing: Completion = { candidates: [], known: null };

/** What may follow these words: those of the command line without `slipway`, the last one not finished, and perhaps empty. */
export function complete(root: Command, global: readonly Option[], words: readonly string[]): Completion {
  const typed = words.slice(0, -1);
  // Bash makes words of their own of an equals sign and of what follows it.
  const last = words.at(-1) === "=" ? "" : (words.at(-1) ?? "");
  const { command, positional, pending, isOver } = walk(root, global, typed);
  if (pending !== null) return matching(valuesOf(pending), last);
  const inline = isOver ? null : /^--([\w-]+)=(.*)$/.exec(last);
  if (inline !== null) return inlineValue(optionsOf(command, global), inline[1] ?? "", inline[2] ?? "");
  if (last.startsWith("-") && !isOver) return matching({ candidates: flags(command, global), known: null }, last);
  if (positional === 0 && command.commands !== undefined)
    return matching({ candidates: names(command), known: null }, last);
  const argument = command.arguments?.[positional];
  return argument === undefined ? nothing : matching(valuesOf(argument), last);
}

interface Walk {
  readonly command: Command;
  /** How many arguments were typed. */
  readonly positional: number;
  /** The option whose value comes next. */
  readonly pending: Option | null;
  /** After `--` there are no options. */
  readonly isOver: boolean;
}

function walk(root: Command, global: readonly Option[], words: readonly string[]): Walk {
  let at: Walk = { command: root, positional: 0, pending: null, isOver: false };
  for (const word of words) at = step(at, global, word);
  return at;
}

function step(at: Walk, global: readonly Option[], word: string): Walk {
  if (at.pending !== null) return word === "=" ? at : { ...at, pending: null };
  if (at.isOver) return { ...at, positional: at.positional + 1 };
  if (word === "--") return { ...at, isOver: true };
  if (word.startsWith("-")) {
    const option = optionsOf(at.command, global).find(
      ({ name, short }) => word === `--${name}` || word === `-${short}`,
    );
    return { ...at, pending: option?.value === undefined ? null : option };
  }
  const inner = at.positional === 0 ? at.command.commands?.find(({ name }) => name === word) : undefined;
  return inner === undefined ? { ...at, positional: at.positional + 1 } : { ...at, command: inner };
}

const optionsOf = (command: Command, global: readonly Option[]): readonly Option[] => [
  ...(command.options ?? []),
  ...global,
];

const names = (command: Command): Candidate[] =>
  (command.commands ?? [])
    .filter(({ hidden }) => hidden !== true)
    .map(({ name, summary }) => ({ word: name, summary }));

const flags = (command: Command, global: readonly Option[]): Candidate[] =>
  optionsOf(command, global).map(({ name, summary }) => ({ word: `--${name}`, summary }));

function valuesOf({ choices, completes }: Pick<Option, "choices" | "completes">): Completion {
  return { candidates: (choices ?? []).map((word) => ({ word, summary: "" })), known: completes ?? null };
}

function inlineValue(options: readonly Option[], name: string, last: string): Completion {
  const option = options.find((known) => known.name === name);
  if (option === undefined) return nothing;
  const { candidates } = matching(valuesOf(option), last);
  return { candidates: candidates.map(({ word, summary }) => ({ word: `--${name}=${word}`, summary })), known: null };
}

const matching = ({ candidates, known }: Completion, last: string): Completion => ({
  candidates: candidates.filter(({ word }) => word.startsWith(last)),
  known,
});
