import type { HealthCheck } from "./model.ts";

/** How a health check ended. `code`: an answer, `timeout`: none in time, `failed`: no connection or a broken one. */
export type CheckOutcome =
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "timeout" }
  | { readonly kind: "failed" };

/** What AWS says of a target, in its words, and how many checks in a row agreed. */
export interface Health {
  readonly state: "initial" | "healthy" | "unhealthy" | "draining";
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
  readonly successes: number;
  readonly failures: number;
}

export const REGISTERED: Health = {
  state: "initial",
  reason: "Elb.RegistrationInProgress",
  description: "Target registration is in progress",
  successes: 0,
  failures: 0,
};

export const DRAINING: Health = {
  state: "draining",
  reason: "Target.DeregistrationInProgress",
  description: "Target deregistration is in progress",
  successes: 0,
  failures: 0,
};

/** `200,302` or `200-399`, or both. */
function matches(httpCode: string, code: number): boolean {
  return httpCode.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return code >= Number(from) && code <= Number(to);
  });
}

function whyNot(outcome: CheckOutcome): Pick<Health, "reason" | "description"> {
  if (outcome.kind === "timeout") return { reason: "Target.Timeout", description: "Request timed out" };
  if (outcome.kind === "failed") return { reason: "Target.FailedHealthChecks", description: "Health checks failed" };
  const description = `Health checks failed with these codes: [${outcome.code}]`;
  return { reason: "Target.ResponseCodeMismatch", description };
}

/**
 * Health after one more check. A new target is checked more often than its interval says, so its failures make it unhealthy
 * only when `patient` is over: the time in which AWS would have made as many checks as it takes.
 */
export function afterCheck(health: Health, outcome: CheckOutcome, check: HealthCheck, patient: boolean): Health {
  if (health.state === "draining") return health;
  const passed = outcome.kind === "code" && matches(check.HttpCode, outcome.code);
  const successes = passed ? health.successes + 1 : 0;
  const failures = passed ? 0 : health.failures + 1;
  if (successes >= check.HealthyThresholdCount) return { state: "healthy", successes, failures };
  if (health.state === "unhealthy" && !passed) return { state: "unhealthy", ...whyNot(outcome), successes, failures };
  const given = health.state === "initial" && patient;
  if (failures >= check.UnhealthyThresholdCount && !given) {
    return { state: "unhealthy", ...whyNot(outcome), successes, failures };
  }
  if (health.state !== "initial") return { ...health, successes, failures };
  const description = "Initial health checks in progress";
  return { state: "initial", reason: "Elb.InitialHealthChecking", description, successes, failures };
}
