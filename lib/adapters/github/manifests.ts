import { RequestError } from "@octokit/request-error";
import * as z from "zod";
import type { GitHubManifests } from "../../core/ports/github.ts";
import { gitHubRequest } from "./request.ts";

const conversionSchema = z.object({
  id: z.number().int().positive(),
  slug: z.string(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  html_url: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  webhook_secret: z.string().nullable(),
  pem: z.string(),
});

/** The exchange at GitHub's API, which needs no credentials but the code. */
export function gitHubManifests(apiUrl: string): GitHubManifests {
  const request = gitHubRequest(apiUrl);
  return {
    convert: async (code) => {
      try {
        const { data } = await request("POST /app-manifests/{code}/conversions", { code });
        const { id, owner, pem, ...app } = conversionSchema.parse(data);
        return { outcome: "converted", app: { ...app, app_id: id, owner: owner.login, private_key: pem } };
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        if (error.status === 404 || error.status === 422) return { outcome: "unknown" };
        const said = error.response === undefined ? "did not answer" : `answered ${error.status}`;
        return { outcome: "unreachable", message: `GitHub ${said}. Try again in a minute.` };
      }
    },
  };
}
