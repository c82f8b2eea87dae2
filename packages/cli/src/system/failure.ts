import { type Detail, RequestError, UnreachableError } from "@slipway/monitor/client";
import { unreachable } from "./unreachable.ts";

/** The exit statuses of the contract, and the usual one of whoever is stopped by Ctrl-C. */
export const exit = { done: 0, notSuccess: 1, usage: 2, unavailable: 3, interrupted: 130 } as const;

/** Whoever typed it must type something else: exit status 2. */
export class UsageError extends Error {
  /** What to do instead; `null`: the sentence says it. */
  readonly advice: string | null;

  constructor(sentence: string, advice: string | null = null) {
    super(sentence);
    this.name = "UsageError";
    this.advice = advice;
  }
}

/** Nothing is wrong with the command, but it cannot be done now: exit status 3. */
export class UnavailableError extends UsageError {}

/** Somebody pressed Ctrl-C at a question. Nothing was done. */
export class Cancelled extends Error {}

/** A failure as it is printed. */
export interface Failure {
  readonly sentence: string;
  readonly code: string;
  readonly details: readonly Detail[];
  readonly advice: string | null;
  readonly exit: number;
}

/** What a failure means to whoever typed the command; `null`: it is a fault of the program. */
export function failureOf(error: unknown, env: Readonly<Record<string, string | undefined>>): Failure | null {
  const none = { details: [], advice: null };
  if (error instanceof Cancelled)
    return { ...none, sentence: "Nothing was done.", code: "interrupted", exit: exit.interrupted };
  if (error instanceof UnavailableError)
    return { ...none, sentence: error.message, code: "unavailable", advice: error.advice, exit: exit.unavailable };
  if (error instanceof UsageError)
    return { ...none, sentence: error.message, code: "usage", advice: error.advice, exit: exit.usage };
  if (error instanceof UnreachableError) {
    const { sentence, advice } = unreachable(error, env);
    return { sentence, code: "unreachable", details: [], advice, exit: exit.unavailable };
  }
  if (!(error instanceof RequestError)) return null;
  const { message: sentence, code, details } = error;
  return { sentence, code, details, advice: adviceFor(error), exit: exitOf(error.status) };
}

/** A wrong request has to be corrected; anything else may work later, or for somebody else. */
function exitOf(status: number): number {
  return [401, 403, 429].includes(status) || status >= 500 ? exit.unavailable : exit.usage;
}

export const overrideAdvice =
  'If you are an admin, run it again with --override "why". Run slipway freeze to see the freeze.';

const adviceByCode: Readonly<Record<string, string>> = {
  not_found: "The server may be older than this command line. Run slipway whoami to see which server it is.",
  app_not_found: "Run slipway apps to see your apps.",
  domain_taken:
    "Run slipway apps to see your apps, and slipway domains remove <app> <domain> to remove it from the other one.",
  domain_not_failed: "Run slipway domains list <app> to see the state of its domains.",
  github_account_taken: "Run slipway tokens to see all tokens, and slipway tokens revoke <number> to revoke that one.",
  frozen: overrideAdvice,
  nothing_live: "Run slipway deploy <app> first.",
  stage_conflict: "Run slipway list to see the stages of recent deployments.",
  already_finished: "Run slipway list to see recent deployments.",
  not_pinned: "Run slipway apps show <app> to see its settings.",
  runs_disabled: "Run slipway apps set <app> --runs true to allow them.",
  run_not_found: "Run slipway apps to see your apps.",
  secrets_not_kept: "Run slipway deploy <app> to use the current secrets.",
  deployment_not_found: "Run slipway list to see recent deployments.",
  token_not_found: "Run slipway tokens to see all tokens.",
  name_taken: "Choose another name with --name, or run slipway apps show <name> to see the existing app.",
  release_not_kept: "Run slipway rollback <app> without a number to roll back to the previous release.",
  not_an_approver: "Run slipway apps show <app> to see the approvers.",
  idempotency_conflict: "Run it again with another --idempotency-key, or run the same command as before.",
  conflict: "Run the command again.",
};

function adviceFor({ status, code, retryAfterSeconds }: RequestError): string | null {
  if (status === 401) return "Run slipway login, or set SLIPWAY_TOKEN to a valid token.";
  if (status === 429) return `Wait ${retryAfterSeconds ?? "a few"} seconds, then run the command again.`;
  const known = adviceByCode[code];
  if (known !== undefined) return known;
  if (status === 403) return "Run slipway whoami to see your role. An admin can give you a token with another role.";
  return status >= 500 ? "Try again in a moment, or run slipway doctor to diagnose the problem." : null;
}

/** What the advice of a failure names is what to run next; where it names nothing, the help of the command is, or the doctor. */
export function withNextCommand({ advice, exit: status }: Failure, line: string): string | null {
  if (status === exit.interrupted) return advice;
  const words = advice === null ? [] : [advice];
  if (words.some((text) => commands.test(text))) return advice;
  return [...words, status === exit.usage ? helpAdvice(line) : "Run slipway doctor to find out why."].join(" ");
}

const commands = /\b(slipway|npm|git) [a-z]+\b|\b[Rr]un (it|the command|the same command|this) (again|as before|in)\b/;

/** `line`: a command as it is typed, without its arguments. */
export const helpAdvice = (line: string): string => `Run ${line} --help to see how it is used.`;
