/** Why a command of the operator ends: a sentence with what to do. */
export class Refused extends Error {
  /** 2: the command line is wrong; 1: anything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, { exitCode = 1, cause }: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = "Refused";
    this.exitCode = exitCode;
  }
}

/** Ends this process with the sentence of a `Refused`; throws anything else. */
export function endRefused(error: unknown): never {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}
