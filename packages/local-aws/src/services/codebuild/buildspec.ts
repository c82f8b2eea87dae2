import { parse } from "yaml";
import * as z from "zod";

const COMMAND_PHASES = ["install", "pre_build", "build", "post_build"] as const;
export type CommandPhase = (typeof COMMAND_PHASES)[number];

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const commands = z
  .union([z.array(scalar), scalar.transform((one) => [one])])
  .nullish()
  .transform((list) => list ?? []);
const phase = z.object({
  commands,
  finally: commands,
  "on-failure": z.enum(["ABORT", "CONTINUE"]).optional(),
});
const values = z
  .record(z.string(), scalar)
  .nullish()
  .transform((map) => map ?? {});
const buildspec = z.object({
  version: z.union([z.literal(0.2), z.literal("0.2")]),
  env: z
    .object({
      shell: z.enum(["sh", "bash"]).default("sh"),
      variables: values,
      "parameter-store": values,
      "secrets-manager": values,
    })
    .nullish(),
  phases: z.partialRecord(z.enum(COMMAND_PHASES), phase.nullable()),
});

export type BuildspecPhase = z.infer<typeof phase>;
export type Buildspec = z.infer<typeof buildspec>;

/** What is wrong with a buildspec, as CodeBuild names it: `YAML_FILE_ERROR`. */
export class BuildspecError extends Error {
  override readonly name = "BuildspecError";
}

/** Reads a buildspec of version 0.2, YAML or JSON. Throws {@link BuildspecError}. */
export function parseBuildspec(text: string): Buildspec {
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw Object.assign(new BuildspecError(cause instanceof Error ? cause.message : String(cause)), { cause });
  }
  const parsed = buildspec.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new BuildspecError(z.prettifyError(parsed.error));
}
