import * as z from "zod";
import { timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

export const gitHubAppSchema = z
  .object({
    app_id: z.number().int().positive(),
    slug: z.string(),
    name: z.string(),
    owner: z.string().describe("Its owner on GitHub."),
    html_url: z.string().describe("Its page on GitHub."),
    install_url: z.string().describe("The page where it is installed on repositories."),
    connected_at: timestamp,
  })
  .meta({ id: "GitHubApp", description: "The GitHub App of the installation." });
export type ShownGitHubApp = Shown<typeof gitHubAppSchema>;

export const gitHubConnectionSchema = z
  .object({
    app: gitHubAppSchema.nullable().describe("`null`: none was set up."),
    github_url: z.string(),
    receives_pushes: z.boolean().describe("Whether GitHub can send pushes to this control plane."),
  })
  .meta({ id: "GitHubConnection", description: "The connection to GitHub." });

export const gitHubSetupSchema = z
  .object({
    action: z.string().describe("The URL to post the form to."),
    manifest: z.record(z.string(), z.unknown()).describe("The form field `manifest`."),
  })
  .meta({ id: "GitHubSetup", description: "The form that a browser posts to GitHub to create the app." });
