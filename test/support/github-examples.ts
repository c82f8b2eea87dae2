import { createRequire } from "node:module";
import * as z from "zod";

const require = createRequire(import.meta.url);

/** The payloads that GitHub gives as examples, by the name of their event. */
export const githubExamples = z
  .array(z.object({ name: z.string(), examples: z.array(z.looseObject({})) }))
  .parse(require("@octokit/webhooks-examples"));
