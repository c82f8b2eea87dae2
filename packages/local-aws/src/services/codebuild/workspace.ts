import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyTree, removeTree } from "../../containers/images/tree.ts";
import type { Credentials, LocalContext } from "../../kernel/part.ts";
import { type Build, uuidOf } from "./records.ts";

/** Where builds have their scratch directories, one each. */
export const scratchRoot = ({ dataDir }: LocalContext): string => join(dataDir, "codebuild");

/** The directories and the log of one build. */
export interface Workspace {
  /** What holds the others. */
  readonly root: string;
  /** A copy of the source, in which the commands begin. */
  readonly source: string;
  readonly home: string;
  readonly temporary: string;
  /** See `phaseScript`. */
  readonly state: string;
  /** Appends to `<data>/logs/builds/<uuid>.log`. */
  log(chunk: string | Buffer): void;
  /** How many commands of the phase were begun, as its script recorded. */
  commandsBegun(): number;
  remove(): void;
}

/** Makes the directories of a build, the source copied from `code` if it has one. */
export function createWorkspace(context: LocalContext, build: Build, code: string | undefined): Workspace {
  const root = join(scratchRoot(context), uuidOf(build));
  const [source, home, temporary, state] = ["src", "home", "tmp", "state"].map((name) => join(root, name));
  if (source === undefined || home === undefined || temporary === undefined || state === undefined)
    throw new Error("unreachable");
  for (const dir of [source, home, temporary, state]) mkdirSync(dir, { recursive: true });
  if (code !== undefined) copyTree(code, source);
  writeFileSync(join(state, "cwd"), source);
  const logFile = join(context.dataDir, "logs", "builds", `${uuidOf(build)}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  const begun = join(state, "command");
  return {
    ...{ root, source, home, temporary, state },
    log: (chunk) => void context.state.storage.attempt(() => appendFileSync(logFile, chunk, { mode: 0o600 })),
    commandsBegun: () => (existsSync(begun) ? Number(readFileSync(begun, "utf8")) : 0),
    remove: () => removeTree(root),
  };
}

/** What CodeBuild sets in every build. */
export function standardVariables(
  { region, awsEndpoint }: LocalContext,
  build: Build,
  { source, home, temporary }: Workspace,
  { accessKeyId, secretAccessKey }: Credentials,
): Record<string, string> {
  return {
    HOME: home,
    TMPDIR: temporary,
    CI: "true",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    CODEBUILD_CI: "true",
    CODEBUILD_BUILD_ARN: build.arn,
    CODEBUILD_BUILD_ID: build.id,
    CODEBUILD_BUILD_IMAGE: build.environment.image,
    CODEBUILD_BUILD_NUMBER: String(build.number),
    CODEBUILD_INITIATOR: build.initiator,
    CODEBUILD_LOG_PATH: uuidOf(build),
    CODEBUILD_PROJECT_ARN: build.arn.replace(":build/", ":project/").replace(/:[^:]*$/, ""),
    CODEBUILD_RESOLVED_SOURCE_VERSION: "",
    CODEBUILD_SOURCE_REPO_URL: build.source.location ?? "",
    CODEBUILD_SOURCE_VERSION: build.source.location === undefined ? "" : `arn:aws:s3:::${build.source.location}`,
    CODEBUILD_SRC_DIR: source,
    CODEBUILD_START_TIME: String(build.startTime),
  };
}
