import { withoutEnd } from "@slipway/text/trim";
import * as z from "zod";

const environment = z.object({
  SLIPWAY_URL: z.url({ protocol: /^https?$/ }),
  DEPLOYMENT_ID: z.string().regex(/^[1-9]\d{0,14}$/, "expected a positive integer"),
  BUILD_ATTEMPT: z.string().regex(/^[1-9]\d{0,14}$/, "expected a positive integer"),
  CLAIM_TICKET: z.string().min(1, "expected a ticket"),
});

export interface Configuration {
  /** Without a trailing slash. */
  readonly url: string;
  readonly deploymentId: number;
  readonly attempt: number;
  readonly ticket: string;
}

/** Reads the reporter's environment. Throws an `Error` that names every variable that is missing or wrong at once. */
export function readConfiguration(env: Readonly<Record<string, string | undefined>>): Configuration {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The build's environment is wrong. ${mistakes.join("; ")}`);
  }
  const { SLIPWAY_URL, DEPLOYMENT_ID, BUILD_ATTEMPT, CLAIM_TICKET } = parsed.data;
  return {
    url: withoutEnd(SLIPWAY_URL, "/"),
    deploymentId: Number(DEPLOYMENT_ID),
    attempt: Number(BUILD_ATTEMPT),
    ticket: CLAIM_TICKET,
  };
}
