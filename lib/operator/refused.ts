import { failedCallOf } from "./failed-call.ts";

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

/** Ends this process with the sentence of a `Refused`, or with what AWS answered; throws anything else. */
export function endRefused(error: unknown): never {
  const refused = error instanceof Refused ? error : answerOfAws(error);
  if (refused === null) throw error;
  process.stderr.write(`${refused.message}\n`);
  process.exit(refused.exitCode);
}

const advice: Readonly<Record<string, string>> = {
  ExpiredToken: "The AWS credentials expired meanwhile. Renew them, and run the command again.",
  ExpiredTokenException: "The AWS credentials expired meanwhile. Renew them, and run the command again.",
};

/** `null`: the error is not one that AWS answered. */
function answerOfAws(error: unknown): Refused | null {
  if (!(error instanceof Error && "$metadata" in error)) return null;
  const { name } = error;
  const isDenied = /AccessDenied|Unauthorized|NotAuthorized/.test(name);
  const denied = "These AWS credentials do not have all permissions that this command needs.";
  const sentence = advice[name] ?? (isDenied ? denied : "AWS refused a call, and the command ended there.");
  return new Refused(`${sentence}\n${answerWords(error)}`, { cause: error });
}

/** An error of AWS for a person: what it says, and of which call. Some servers give neither a code nor a message. */
export function answerWords(error: Error): string {
  const { httpStatusCode } = "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  const call = failedCallOf(error);
  const status = call === null || httpStatusCode === undefined ? "" : ` (status ${httpStatusCode})`;
  return `${call === null ? "" : `${call}${status}: `}${error.name}: ${error.message}`;
}
