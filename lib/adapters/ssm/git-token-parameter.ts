import * as z from "zod";
import type { GitToken } from "../../core/app-repository.ts";

/** Beside an app's secrets, under a name that no variable can have: so it is redacted with them, and no task gets it. */
export const gitTokenName = "git-token";

const schema = z.object({ origin: z.string(), token: z.string() });

export const writeGitToken = (given: GitToken): string => JSON.stringify(given);

export const readGitToken = (text: string): GitToken => schema.parse(JSON.parse(text));
