/** A build that ended as docker ends it: `ERROR: failed to solve: <message>` and exit status 1. */
export class SolveError extends Error {
  override readonly name = "SolveError";
}

/** A command line that docker would refuse before doing anything. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The real engine failed, and has said why. */
export class EngineFailure extends Error {
  override readonly name = "EngineFailure";
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`the build ended with exit code: ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Longer instructions are cut where they are named. */
const SHOWN = 100;

const shortened = (text: string): string => {
  const one = text.replaceAll(/\s+/g, " ");
  return one.length > SHOWN ? `${one.slice(0, SHOWN - 1)}…` : one;
};

/** The Dockerfile is right, and this version of the engine does not know an instruction's form. `why` as in {@link NeedsEngine}. */
export class NeedsNewerEngine extends SolveError {
  constructor({ line, keyword, flags, text }: NamedInstruction, why: string) {
    const shownFlags = flags.map(([name, value]) => (value === "" ? `--${name}` : `--${name}=${value}`));
    const shown = shortened([keyword, ...shownFlags, text].join(" "));
    super(`needs a newer container engine: line ${line} (${shown}): ${why}`);
  }
}

interface NamedInstruction {
  readonly line: number;
  readonly keyword: string;
  readonly flags: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** What the Dockerfile asks for is right, and cannot be done without a container engine. Thrown before the first step where it can be. */
export class NeedsEngine extends SolveError {
  /** `line`: of the instruction, from 1. `shown`: the instruction. `why`: what cannot be done, as a sentence without its end. */
  constructor(line: number, shown: string, why: string) {
    super(`needs a container engine: line ${line} (${shortened(shown)}): ${why}`);
  }
}
