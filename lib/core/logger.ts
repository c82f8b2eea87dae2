/** Structured logging for operators: a message, and its context as fields. */
export interface Logger {
  /** What was done or ignored, and why. */
  info(message: string, context: Readonly<Record<string, unknown>>): void;
  /** Something went wrong outside, or was lost, and is dealt with: a retry, a recovery. */
  warn(message: string, context: Readonly<Record<string, unknown>>): void;
  /** Something failed and stays so until somebody acts. */
  error(message: string, context: Readonly<Record<string, unknown>>): void;
}
