import { allowingOrigins } from "./errors.ts";

/** What to do when a deployment may not be shown, by the refusal's code. */
const afterRefusals: Readonly<Record<string, string>> = {
  unauthorized: "Sign in again, then retry.",
  forbidden: "Ask an administrator for a role that can read this app.",
  foreign_origin: `Allow this page's origin: ${allowingOrigins}.`,
  deployment_not_found: "Check the deployment's number, and that you have access to its app.",
};

/** What to do next; `null` where the error's message says it all, as that of each failed deployment does. */
export function adviceFor(error: { scope: "deployment" | "connection"; code: string | null }): string | null {
  if (error.scope === "deployment" || error.code === null) return null;
  return afterRefusals[error.code] ?? null;
}
