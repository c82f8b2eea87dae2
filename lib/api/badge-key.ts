import type { AuthenticationResult } from "./authenticate.ts";
import { anonymous } from "./principal.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Whether somebody asks for a badge and names a key, which is all that a page that shows it can send. Whether the key
 * is right, is known to who reads the app.
 */
export const asksWithKey = ({ method, path, query }: Asked): boolean =>
  method === "GET" && /^\/api\/apps\/[1-9]\d*\/badge\.svg$/.test(path) && query.key !== undefined;

/** They see no app by their name: only the key opens anything. */
export const byKey: AuthenticationResult = { outcome: "authenticated", principal: anonymous, holder: null, csrf: null };
