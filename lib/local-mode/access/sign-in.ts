import type { SignInLink } from "slipway/local-access/wire";
import { openLocalAccess } from "./access.ts";
import { endLocalAdmin, type LocalAdminOptions, openLocalAdmin } from "./admin.ts";

export interface LocalSignInOptions extends LocalAdminOptions {
  readonly auth: "local" | "loopback" | "required";
  readonly url: string;
  /** Where this user's local modes are listed. */
  readonly registry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a local mode lets its user in, by its way of authentication. */
export interface LocalSignIn {
  /** A token of the user who started it, for use in this process; `null`: there is none, or none is needed. */
  readonly token: string | null;
  /** A new sign-in link; `null`: nobody signs in by one. */
  link(): Promise<SignInLink | null>;
  /** What people must know of it, in lines. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

const withoutLink = { token: null, link: async () => null, close: async () => {} } as const;

/** Opens a data directory to its user, or takes away what an earlier start opened. */
export async function openLocalSignIn(options: LocalSignInOptions): Promise<LocalSignIn> {
  switch (options.auth) {
    case "local":
      return byLink(options);
    case "loopback":
      return {
        ...withoutLink,
        messages: [
          "Authentication is off (--auth loopback): every program that reaches this port from this machine acts as an admin, builds and deployed apps included.",
        ],
      };
    case "required":
      return { ...withoutLink, messages: await tokensLeft(options) };
  }
}

async function byLink(options: LocalSignInOptions): Promise<LocalSignIn> {
  const admin = await openLocalAdmin(options);
  const access = await openLocalAccess({ ...options, admin });
  const cure = "slipway has to log in with a token here:";
  return {
    token: admin.token,
    link: () => access.link("/"),
    messages: access.problem === null ? [] : [`${cure} ${access.problem}`],
    close: async () => {
      await access.close();
      admin.close();
    },
  };
}

async function tokensLeft(options: LocalSignInOptions): Promise<readonly string[]> {
  const left = await endLocalAdmin(options);
  if (left.length === 0) return [];
  return [
    "These tokens were created before tokens were required. Revoke any that you don't recognize:",
    ...left.map(({ id, principal }) => `  ${principal.name}, ${principal.role}: slipway tokens revoke ${id}`),
  ];
}
