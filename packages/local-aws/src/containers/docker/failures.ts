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
