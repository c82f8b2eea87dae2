import * as z from "zod";
import { timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

export const gitHubAppSchema = z
  .object({
    app_id: z.number().int().positive(),
    slug: z.string(),
    name: z.string(),
    owner: z.string().describe("Who it belongs to at GitHub."),
    html_url: z.string().describe("Its page at GitHub."),
    install_url: z.string().describe("Where it is installed on repositories."),
    connected_at: timestamp,
  })
  .meta({ id: "GitHubApp", description: "The GitHub App of the installation." });
export type ShownGitHubApp = Shown<typeof gitHubAppSchema>;

export const gitHubConnectionSchema = z
  .object({
    app: gitHubAppSchema.nullable().describe("`null`: none was set up."),
    github_url: z.string(),
    receives_pushes: z.boolean().describe("Whether GitHub can reach this control plane with pushes."),
  })
  .meta({ id: "GitHubConnection", description: "Whether there is a GitHub App, and what it can do." });

export const gitHubSetupSchema = z
  .object({
    action: z.string().describe("Where the form goes."),
    manifest: z.record(z.string(), z.unknown()).describe("The form field of that name."),
  })
  .meta({ id: "GitHubSetup", description: "What a browser posts to GitHub to make an app." });
