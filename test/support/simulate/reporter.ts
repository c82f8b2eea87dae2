import { type BuildsDeps, claimBuild, reportBuild } from "../../../lib/api/builds.ts";
import type { Answer } from "../../../lib/api/deps.ts";
import { ApiError } from "../../../lib/api/errors.ts";
import type { BuildFate, OneBuild } from "./codebuild.ts";

interface ReporterOptions {
  /** One run of the function that takes reports; rejects when it died. */
  readonly call: (run: (deps: BuildsDeps) => Promise<Answer>) => Promise<Answer>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly isWanted: () => boolean;
  /** Whether a report is sent again though it was answered. */
  readonly isRepeated: () => boolean;
  readonly now: () => string;
  readonly headOf: (url: string) => string;
}

const retryMs = 500;
const cloneMs = 1000;
const gaveUp = Symbol("gave up");

/** What the reporter inside a build does: claims, posts its lines in batches, repeats what was not answered, and exits. */
export async function report(
  build: OneBuild,
  fate: BuildFate,
  options: ReporterOptions,
): Promise<"SUCCEEDED" | "FAILED" | "FAULT" | "never"> {
  if (fate.outcome === "never") return "never";
  const { deployment_id, attempt, ticket } = build;
  const token = Buffer.from(build.id).toString("hex").padEnd(64, "0");
  const send = async (run: (deps: BuildsDeps) => Promise<Answer>): Promise<Answer | typeof gaveUp> => {
    while (options.isWanted()) {
      try {
        const answer = await options.call(run);
        if (!options.isRepeated()) return answer;
      } catch (error) {
        if (error instanceof ApiError && error.code === "unauthorized") return gaveUp;
        await options.sleep(retryMs);
      }
    }
    return gaveUp;
  };
  const claimed = await send((deps) => claimBuild(deps, { deployment_id, attempt, ticket, token }));
  if (claimed === gaveUp) return "FAILED";
  const { clone } = (claimed.body as { data: { clone: { url: string; commit: string } } }).data;
  await options.sleep(cloneMs);
  const commit = clone.commit === "" ? options.headOf(clone.url) : clone.commit;
  const batch = async (first: number, more: object): Promise<boolean> => {
    const lines = [0, 1].map((n) => ({
      line: `build ${attempt} line ${first + n}\n`,
      timestamp: options.now(),
      stream: "stdout",
    }));
    return (
      (await send((deps) => reportBuild(deps, token, { deployment_id, attempt, first, lines, ...more }))) !== gaveUp
    );
  };
  if (!(await batch(1, { cloned: { commit, message: "Change" } }))) return "FAILED";
  await options.sleep((fate.seconds * 1000) / 2);
  if (!(await batch(3, { step: { number: 1, of: 2 } }))) return "FAILED";
  await options.sleep((fate.seconds * 1000) / 2);
  if (!options.isWanted()) return "FAILED";
  if (fate.outcome === "fault") return "FAULT";
  const succeeded = fate.outcome === "succeeded";
  const finished = {
    outcome: fate.outcome,
    stage: "building",
    code: succeeded ? null : "build_failed",
    message: succeeded ? null : "The build failed with exit code 7.",
    exit_code: succeeded ? 0 : 7,
    image_digest: succeeded ? `sha256:${deployment_id}` : null,
  };
  return (await batch(5, { finished })) && succeeded ? "SUCCEEDED" : "FAILED";
}
