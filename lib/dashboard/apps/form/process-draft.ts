import { commandLine, wordsOf } from "@slipway/text/words";
import type { CreateApp } from "./schemas.ts";

type Process = CreateApp["processes"][number];

/** A process while it is typed; `key` distinguishes rows. An empty size or time is the app's. */
export interface ProcessDraft {
  readonly key: number;
  readonly name: string;
  /** As a command line. */
  readonly command: string;
  readonly instances: string;
  readonly cpu: string;
  readonly memory: string;
  readonly stopSeconds: string;
  readonly order: Process["order"];
}

export const newProcess = (key: number): ProcessDraft => ({
  key,
  name: "",
  command: "",
  instances: "1",
  cpu: "",
  memory: "",
  stopSeconds: "",
  order: "after",
});

const typed = (value: number | null): string => (value === null ? "" : String(value));

export const processDrafts = (processes: readonly Process[]): ProcessDraft[] =>
  processes.map(({ name, command, instances, cpu, memory, stopSeconds, order }, key) => ({
    key,
    name,
    command: commandLine(command),
    instances: String(instances),
    cpu: typed(cpu),
    memory: typed(memory),
    stopSeconds: typed(stopSeconds),
    order,
  }));

const numberOr = <T>(text: string, empty: T): number | T => (text.trim() === "" ? empty : Number(text));

/** What the API would be sent. */
export const processInputs = (drafts: readonly ProcessDraft[]): readonly Readonly<Record<string, unknown>>[] =>
  drafts.map(({ name, command, instances, cpu, memory, stopSeconds, order }) => ({
    name: name.trim(),
    command: wordsOf(command),
    instances: numberOr(instances, Number.NaN),
    cpu: numberOr(cpu, null),
    memory: numberOr(memory, null),
    stopSeconds: numberOr(stopSeconds, null),
    order,
  }));
