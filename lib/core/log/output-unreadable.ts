/** What an app printed could not be read. Its message says why; the deployment goes on to its end without. */
export class OutputUnreadable extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "OutputUnreadable";
  }
}
