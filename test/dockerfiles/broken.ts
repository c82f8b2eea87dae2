import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { BuildFailure } from "../../lib/build/reporter/failure.ts";
import { buildBy } from "../engines/building.ts";

/** One kind of a broken Dockerfile, and what is said of it, whatever builds: the host engine, Podman, Docker with BuildKit. */
export interface BrokenBuild {
  readonly name: string;
  readonly lines: readonly string[];
  /** Beside the Dockerfile. */
  readonly files?: Readonly<Record<string, string>>;
  readonly dockerfile?: string;
  readonly target?: string;
  readonly code: string;
  /** `null`: engines do not agree. */
  readonly exitCode: number | null;
  readonly sentence: string | RegExp;
  /** It cannot be told without the base image, which the host engine does not use. */
  readonly needsBase?: boolean;
}

const base = "FROM node:24-slim";

const invalid = (name: string, lines: readonly string[], why: string): BrokenBuild => ({
  name,
  lines,
  code: "dockerfile_invalid",
  exitCode: 1,
  // Docker before version 23 leaves the line out of some.
  sentence: new RegExp(
    `^The Dockerfile is invalid: (?:dockerfile parse error on line \\d+: )?${why}\\. Correct it and push again\\.$`,
  ),
});

const notThere = (name: string, lines: readonly string[], path: string, files = {}): BrokenBuild => ({
  name,
  lines,
  files,
  code: "build_failed",
  exitCode: 1,
  sentence: new RegExp(
    `^Docker build failed with exit code 1: there is no "${path}" to copy\\. Check the path in the Dockerfile, and whether \\.dockerignore leaves it out\\.$`,
  ),
});

const fails = (name: string, lines: readonly string[], exitCode: number | null, at: string): BrokenBuild => ({
  name,
  lines,
  code: "build_failed",
  exitCode,
  sentence: new RegExp(
    `^Docker build failed with exit code ${exitCode ?? "\\d+"} at step ${at}\\..* Fix the command in the Dockerfile, or run it locally with docker build\\.$`,
  ),
});

export const brokenBuilds: readonly BrokenBuild[] = [
  fails(
    "a command that fails",
    [base, "WORKDIR /app", "ENV A=b", "RUN echo before >&2; exit 7"],
    7,
    "3/3 \\(RUN echo before >&2; exit 7\\)",
  ),
  fails("a command that is not there", [base, "RUN nosuchcommand"], 127, "2/2 \\(RUN nosuchcommand\\)"),
  fails("a program that is not there", [base, 'RUN ["nosuchprogram"]'], null, '2/2 \\(RUN \\["nosuchprogram"\\]\\)'),
  fails("a command that is cut off", [base, "RUN true && \\"], 2, "2/2 \\(RUN true &&\\)"),
  {
    name: "a command that is killed",
    lines: [base, "RUN sh -c 'kill -9 $$'; exit $?"],
    code: "build_failed",
    exitCode: 137,
    sentence:
      /^Docker build failed with exit code 137 at step 2\/2 \(.*\)\. It was killed, most likely because memory ran out\./,
  },
  invalid("an instruction that is none", [base, "FLY me"], "unknown instruction: FLY"),
  invalid("an empty Dockerfile", [""], "(?:file with no instructions|the Dockerfile cannot be empty)"),
  invalid("nothing but comments", ["# nothing"], "(?:file with no instructions|the Dockerfile cannot be empty)"),
  invalid("no stage", ["RUN true"], "no build stage in current context"),
  invalid("a base image without a name", ["ARG X", "FROM $X", "RUN true"], "base name \\(\\$X\\) should not be blank"),
  invalid("a FROM without an image", ["FROM"], "FROM requires either one or three arguments"),
  invalid("a FROM with a word too many", ["FROM node:24-slim web"], "FROM requires either one or three arguments"),
  invalid(
    "a COPY without a destination",
    [base, "COPY a"],
    "COPY requires at least two arguments, but only one was provided\\. Destination could not be determined",
  ),
  invalid("a flag that is none", [base, "COPY --nosuch a /b"], "[Uu]nknown flag: (?:--)?nosuch"),
  invalid("a mount that is none", [base, "RUN --mount=type=nosuch true"], 'unsupported mount type "nosuch"'),
  invalid("a variable without a value", [base, "ENV A"], "ENV must have two arguments"),
  invalid("a WORKDIR without a path", [base, "WORKDIR"], "WORKDIR requires exactly one argument"),
  invalid("a SHELL that is no JSON", [base, "SHELL sh -c"], "SHELL requires the arguments to be in JSON form"),
  invalid(
    "a HEALTHCHECK without CMD",
    [base, "HEALTHCHECK curl localhost"],
    'Unknown type ?"CURL" in HEALTHCHECK \\(try CMD\\)',
  ),
  invalid("a STOPSIGNAL that is none", [base, "STOPSIGNAL NOSUCH"], "[Ii]nvalid signal: NOSUCH"),
  invalid("a FROM in ONBUILD", [base, "ONBUILD FROM x"], "FROM isn't allowed as an ONBUILD trigger"),
  notThere("a file that is not there", [base, "COPY nothing /x"], "/nothing"),
  // Docker before version 23 names the first directory that is not there.
  notThere("a file in a directory that is not there", [base, "COPY a/b/c /x"], "/a/b(?:/c)?"),
  notThere("a file that .dockerignore leaves out", [base, "COPY secret /x"], "/secret", {
    secret: "x",
    ".dockerignore": "secret\n",
  }),
  notThere("a file that an earlier stage has not", [`${base} AS one`, base, "COPY --from=one /nothing /x"], "/nothing"),
  {
    name: "a stage that is not there",
    lines: [`${base} AS web`, "RUN true"],
    target: "nosuch",
    code: "build_target_unknown",
    exitCode: 1,
    sentence: `The Dockerfile has no stage "nosuch". Correct the app's setting "buildTarget".`,
  },
  {
    name: "a secret that is not set",
    lines: [base, "RUN --mount=type=secret,id=npm,required=true cat /run/secrets/npm"],
    code: "build_secret_missing",
    exitCode: 1,
    sentence:
      'The Dockerfile requires the secret "npm", which is not set. Add it to the app\'s build secrets (slipway apps set <app> --build-secret npm), then deploy again.',
  },
  {
    name: "a Dockerfile that is not there",
    lines: [base],
    dockerfile: "Dockerfile.nosuch",
    code: "dockerfile_missing",
    exitCode: 1,
    sentence:
      'Docker could not read the Dockerfile: failed to read dockerfile: open Dockerfile.nosuch: no such file or directory. Check the app\'s setting "dockerfile".',
  },
  {
    name: "a base image that is not there",
    lines: ["FROM registry.invalid/nosuch/image:1", "RUN true"],
    code: "build_failed",
    exitCode: 1,
    sentence:
      /^Docker build failed with exit code 1: the base image registry\.invalid\/nosuch\/image:1 could not be pulled: dial tcp: lookup registry\.invalid\b.*\. Check the name after FROM in the Dockerfile\.$/,
    needsBase: true,
  },
  {
    name: "an image to copy from that is not there",
    lines: [base, "COPY --from=registry.invalid/nosuch:1 /a /b"],
    code: "build_failed",
    exitCode: 1,
    sentence:
      // Podman tells no reason.
      /: the base image registry\.invalid\/nosuch:1 could not be pulled: (?:dial tcp: lookup registry\.invalid\b.*|not found)\. Check the name/,
    needsBase: true,
  },
  {
    name: "a user that the image has not",
    lines: [base, "USER nosuch", "RUN true"],
    code: "build_failed",
    exitCode: 1,
    sentence:
      'Docker build failed with exit code 1: the image has no user "nosuch". Add the user before the line USER in the Dockerfile, or correct the name.',
    needsBase: true,
  },
  {
    name: "a download that fails",
    lines: [base, "ADD http://127.0.0.1:1/x /x"],
    code: "build_failed",
    exitCode: 1,
    sentence:
      "Docker build failed with exit code 1: http://127.0.0.1:1/x could not be downloaded: dial tcp 127.0.0.1:1: connect: connection refused. Check the address after ADD in the Dockerfile, then deploy again.",
    needsBase: true,
  },
];

/** Builds it in a directory, with the `docker` of a `PATH`, and compares what is said. */
export async function expectBroken(directory: string, path: string, broken: BrokenBuild): Promise<void> {
  const { name, lines, files = {}, dockerfile, target, code, exitCode, sentence } = broken;
  const tag = name.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  const root = join(directory, tag);
  mkdirSync(root);
  for (const [file, text] of Object.entries({ ...files, Dockerfile: `${lines.join("\n")}\n` }))
    writeFileSync(join(root, file), text);
  const wanted = { root, repository: "registry.invalid/x", tag, path, metadataFile: join(directory, `${tag}.json`) };
  const more = { ...(dockerfile === undefined ? {} : { dockerfile }), ...(target === undefined ? {} : { target }) };
  const failure = await buildBy({ ...wanted, ...more }).catch((error: unknown) => error);
  if (!(failure instanceof BuildFailure)) throw new Error(`It did not fail: ${String(failure)}`);
  if (typeof sentence === "string") expect(failure.message).toBe(sentence);
  else expect(failure.message).toMatch(sentence);
  expect(failure.code).toBe(code);
  if (exitCode !== null) expect(failure.exitCode).toBe(exitCode);
}
