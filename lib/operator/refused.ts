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
  const { name, message } = error;
  const isDenied = /AccessDenied|Unauthorized|NotAuthorized/.test(name);
  const denied = "These AWS credentials do not have all permissions that this command needs.";
  const sentence = advice[name] ?? (isDenied ? denied : "AWS refused a call, and the command ended there.");
  return new Refused(`${sentence}\n${name}: ${message}`, { cause: error });
}
