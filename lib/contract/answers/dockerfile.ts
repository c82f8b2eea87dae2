import * as z from "zod";
import type { Shown } from "./shown.ts";

export const dockerfileSchema = z
  .object({
    path: z.string().describe("Where the Dockerfile is, or belongs, relative to the repository's root."),
    exists: z.boolean().nullable().describe("`null`: only a build can tell; `reason` says why."),
    proposal: z
      .object({
        of: z.string().describe("`a Node.js app with pnpm`"),
        dockerfile: z.string().describe("The text of the file."),
        dockerignore: z.string().describe("The text of a `.dockerignore` beside it."),
      })
      .nullable()
      .describe(
        "One to read, commit and push. `null`: there is a Dockerfile, or nothing shows what the app is made with.",
      ),
    reason: z.string().nullable().describe("Why nothing is known or proposed, as a sentence."),
  })
  .meta({ id: "Dockerfile", description: "Whether a repository has a Dockerfile, and one for it if it has none." });
export type ShownDockerfile = Shown<typeof dockerfileSchema>;
