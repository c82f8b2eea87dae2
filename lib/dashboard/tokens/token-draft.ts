import type { Role } from "@slipway/monitor/client";

/** A new token while it is filled in. */
export interface TokenDraft {
  readonly name: string;
  readonly role: Role;
  /** Of the chosen apps; empty: all. */
  readonly apps: readonly number[];
  readonly github: string;
  readonly days: keyof typeof lifetimes;
}

/** How long a token may last, in days; `null`: for ever. */
export const lifetimes = { "7": 7, "30": 30, "90": 90, "365": 365, never: null } as const;

export const blankToken: TokenDraft = { name: "", role: "deployer", apps: [], github: "", days: "90" };

/** What the API is sent; `now` in milliseconds since the epoch. */
export function toTokenInput({ name, role, apps, github, days }: TokenDraft, now: number): Record<string, unknown> {
  const lasts = lifetimes[days];
  return {
    name: name.trim(),
    role,
    apps: apps.length === 0 ? null : [...apps],
    github: github.trim() === "" ? null : github.trim().replace(/^@/, ""),
    expiresAt: lasts === null ? null : new Date(now + lasts * 86_400_000).toISOString(),
  };
}

/**
 * How the token is used from a terminal and, to deploy the app of that name, in a pipeline. The secret itself is in neither, so that
 * it lands in no history. The pipeline has the action of examples/github-action, which brings the command line along: `npx slipway`
 * would give the secret to whatever the registry has by that name.
 */
export const snippetsOf = (origin: string, app: string) => ({
  terminal: `slipway login ${origin}`,
  pipeline: `- uses: ./.github/actions/slipway\n  with:\n    url: ${origin}\n    token: \${{ secrets.SLIPWAY_TOKEN }}\n    app: ${app}`,
});
