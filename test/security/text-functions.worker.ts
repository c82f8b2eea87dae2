import { parentPort, workerData } from "node:worker_threads";
import { matches } from "@slipway/local-aws/services/events/pattern";
import { globMatches } from "@slipway/local-aws/services/iam/glob";
import { parseIgnore } from "@slipway/text/docker-ignore";
import { inlineText, pieces } from "@slipway/text/inert";
import { privateKeyFilter, redactor } from "@slipway/text/redactor";
import { splitLong } from "@slipway/text/split";
import { paint } from "slipway/terminal/progress";
import { fitted, wrapped } from "slipway/terminal/width";
import { sessionIn } from "../../lib/api/session-cookie.ts";
import { readPush } from "../../lib/api/webhook-payload.ts";
import { explainDockerFailure } from "../../lib/build/reporter/docker-failure.ts";
import { cloneFailure, gitTrouble } from "../../lib/build/reporter/git-failure.ts";
import { parseProgress } from "../../lib/build/reporter/rawjson.ts";
import { stepCounter } from "../../lib/build/reporter/steps.ts";
import { inPieces } from "../../lib/build/reporter/text.ts";
import { createAppSchema, createDeploymentSchema, reasonSchema } from "../../lib/contract/requests.ts";
import { withStoredText } from "../../lib/core/deployment/stored-text.ts";
import { longestReported } from "../../lib/core/limits.ts";
import { judge } from "../../lib/core/push/judge.ts";
import { repositoryKey } from "../../lib/core/push/repository.ts";
import { skipMarkerIn } from "../../lib/core/push/skip-marker.ts";
import { subjectOf } from "../../lib/core/push/subject.ts";
import { objectionToRepository } from "../../lib/core/repository-address.ts";
import { proposedName } from "../../lib/dashboard/apps/form/proposed-name.ts";
import { addressKey, cloneAddress } from "../../packages/cli/src/repository/address.ts";
import { segmentsOf } from "../../packages/monitor/src/react/log/ansi.ts";
import { plainText as logText } from "../../packages/monitor/src/react/log/plain-text.ts";
import { startsIn } from "../../packages/monitor/src/react/log/search.ts";
import { readByPeople } from "../core/notices/renderings.ts";
import { someNoticed } from "../core/notices/some.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";

const deployment = someDeployment();
const notice = (text: string) => ({
  delivery: "a",
  isTest: false,
  link: null,
  deployment: someNoticed({ commit_message: text, reason: text, error_message: text, actor: text, branch: text }),
});
const redact = redactor(["a-secret-of-the-app", "aaaaaaaaaaaaaaaaaaaa", "line one of it\nline two of it"]);
const lineOf = (text: string) => ({ line: `${text}\n`, timestamp: "", stream: "stdout" as const, cursor: 1 });
const push = (text: string) => ({
  ref: `refs/heads/${text}`.slice(0, 1000),
  after: "a".repeat(40),
  before: "b".repeat(40),
  head_commit: { message: text },
  commits: [{ id: "a".repeat(40), added: [text] }],
  repository: { full_name: text, clone_url: `https://git.example.com/${text}` },
  pusher: { name: text },
});
/** What may be refused is as good as read. */
const orRefused = (run: () => unknown): void => {
  try {
    run();
  } catch {
    // A refusal is an answer.
  }
};

/** Everything that meets text from outside, by what that text is. */
const functions: Readonly<Record<string, (text: string) => unknown>> = {
  "a line of a build, redacted": (text) => redact(text),
  "a line of a build, cut": (text) => inPieces(text, longestReported),
  "a line of a key": (text) => privateKeyFilter()(text),
  "what is seen": pieces,
  "a part of a line": inlineText,
  "a line, split": (text) => splitLong(text, 16_383),
  "docker's progress": parseProgress,
  "the name of a step": (text) => stepCounter().started("a", text),
  "why docker failed": (text) =>
    explainDockerFailure({ exitCode: 1, errors: [{ name: text, error: text, step: undefined }], text: [text] }),
  "what git said": gitTrouble,
  "why a clone failed": (text) => cloneFailure("other", { url: text, commit: "", branch: text }, text),
  "a row": (text) =>
    withStoredText({ ...deployment, commit_message: text, error_message: text, reason: text, actor: text }),
  ...Object.fromEntries(
    readByPeople.map(([type, render]) => [`a notice for ${type}`, (text: string) => render(notice(text))]),
  ),
  "an app": (text) => {
    const texts = { branch: text, rootDir: text, dockerfile: text, repoUrl: text, healthCheckPath: text };
    const to = { type: "email", to: text };
    createAppSchema.safeParse({
      name: text,
      ...texts,
      approvers: [text],
      watchPaths: [text],
      env: { [text]: text },
      notifications: [to],
    });
    createAppSchema.safeParse({
      name: "a",
      repoUrl: `https://a/${text}`,
      notifications: [{ type: "email", to: `${text}@a.example` }],
    });
  },
  "a deployment": (text) => createDeploymentSchema.safeParse({ appId: 1, branch: text, reason: text, commit: text }),
  "a reason": (text) => reasonSchema.safeParse({ reason: text }),
  "a cookie": (cookie) => sessionIn({ cookie }),
  "a push": (text) => orRefused(() => readPush(push(text))),
  "a pushed path and a watch path": (text) => {
    const app = (glob: string) =>
      someApp({ settings: someSettings({ repo_url: "https://a.example/b", watch_paths: [glob] }) });
    const push = {
      repositories: ["https://a.example/b"],
      name: "b",
      ref: "refs/heads/main",
      before: "",
      after: "a",
      deleted: false,
      message: text,
      changed: [text],
      pusher: "ada",
    };
    judge(push, [app(text.slice(0, 500)), app(`*${text.slice(0, 200)}*b`), app("**/*a*b*c")]);
  },
  "the address of a repository": (text) => {
    for (const address of [text, `https://${text}`, `https://a.example/${text}`, `git@a.example:${text}`, `/${text}`]) {
      orRefused(() => [repositoryKey(address), addressKey(address), cloneAddress(address), proposedName(address)]);
      orRefused(() => objectionToRepository(address, "public"));
    }
  },
  "a commit's message": (text) => [skipMarkerIn(text), subjectOf(text)],
  "a .dockerignore": (text) => parseIgnore(text.slice(0, 3000)).excludes(text.slice(0, 3000)),
  "a file against a .dockerignore": (text) => parseIgnore("**/*a*b*c\n*a*a*b\n!x").excludes(text),
  "an event": (text) => matches({ a: [{ wildcard: "*a*a*a*b" }] }, { a: text }),
  "a name in a policy": (text) => globMatches("*a*b", text),
  "a line on a page": (text) => [segmentsOf(lineOf(text)), logText(lineOf(text)), startsIn(text, "aab")],
  "a line on a terminal": (text) => [paint(lineOf(text), true), paint(lineOf(text), false)],
  "the width of a text": (text) => [fitted(text, 80), wrapped(text, 80)],
};

const { names, units, length } = workerData;
for (const unit of units) {
  const text = unit.repeat(Math.ceil(length / unit.length));
  for (const name of names ?? Object.keys(functions)) {
    parentPort?.postMessage({ name, unit });
    functions[name]?.(text);
  }
}
parentPort?.postMessage({ name: "", unit: "" });
