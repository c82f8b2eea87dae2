import { RequestError } from "@octokit/request-error";
import * as z from "zod";
import type { GitHubAccounts } from "../../core/ports/github.ts";
import { gitHubRequest } from "./request.ts";

const accountSchema = z.object({ id: z.number().int().positive(), login: z.string() });
/** GitHub answers 200 also where it refuses. */
const exchangeSchema = z.union([z.object({ access_token: z.string() }), z.object({ error: z.string() })]);

const unreachable = (error: unknown) => {
  if (!(error instanceof RequestError)) throw error;
  const said = error.response === undefined ? "did not answer" : `answered ${error.status}`;
  return { outcome: "unreachable", message: `GitHub ${said}. Try again in a minute.` } as const;
};

/** People at one GitHub: `url` is the origin of its pages. */
export function gitHubAccounts({ url, apiUrl }: { readonly url: string; readonly apiUrl: string }): GitHubAccounts {
  const api = gitHubRequest(apiUrl);
  const pages = gitHubRequest(url);
  return {
    find: async (login) => {
      try {
        const { data } = await api("GET /users/{username}", { username: login });
        return { outcome: "found", account: accountSchema.parse(data) };
      } catch (error) {
        if (error instanceof RequestError && error.status === 404) return { outcome: "unknown" };
        return unreachable(error);
      }
    },
    signedIn: async (given) => {
      try {
        const headers = { accept: "application/json" };
        const exchanged = await pages("POST /login/oauth/access_token", { ...given, headers });
        const exchange = exchangeSchema.parse(exchanged.data);
        if ("error" in exchange) return { outcome: "refused" };
        const { data } = await api("GET /user", { headers: { authorization: `Bearer ${exchange.access_token}` } });
        return { outcome: "signed_in", account: accountSchema.parse(data) };
      } catch (error) {
        return unreachable(error);
      }
    },
  };
}
