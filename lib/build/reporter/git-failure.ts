import type { Claim, FailureCode } from "../../contract/build.ts";

/** What one run of git that failed was about, judged by what git (in English) said. */
export type GitTrouble =
  /** The commit or branch asked for is not there, or the server gives nothing out by hash: there may be another way to it. */
  | "reference_missing"
  | "repository_missing"
  | "access_denied"
  /** It answered with a redirect, which git does not follow. */
  | "moved"
  /** The network or the server: worth another attempt. */
  | "unreachable"
  /** A file or directory of the commit has a path that the system does not take. */
  | "path_too_long"
  | "other";

/** The first that fits counts; so what is specific stands before what git adds to everything ("Could not read from remote"). */
const SIGNS: readonly (readonly [RegExp, GitTrouble])[] = [
  [
    /couldn't find remote ref|not our ref|unadvertised object|no such remote ref|not a valid object|bad object/i,
    "reference_missing",
  ],
  [
    /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|HTTP Basic: Access denied|Permission denied/i,
    "access_denied",
  ],
  [/returned error: 30[12378]|unable to update url base from redirection/i, "moved"],
  [
    /does not appear to be a git repository|repository .{0,300}not found|returned error: 404|repository .{0,300}does not exist/i,
    "repository_missing",
  ],
  [
    /Could not resolve host|Failed to connect|Connection (?:timed out|refused|reset)|timed out|returned error: (?:429|5\d\d)|early EOF|RPC failed|Recv failure|hung up unexpectedly|Operation too slow|SSL_ERROR_SYSCALL/i,
    "unreachable",
  ],
  [/File ?name too long/i, "path_too_long"],
];

/** Reads git's standard error. */
export function gitTrouble(stderr: string): GitTrouble {
  return SIGNS.find(([sign]) => sign.test(stderr))?.[1] ?? "other";
}

/** The trouble when every way to the commit has been tried, in the protocol's terms, with a sentence that says what to do. */
export function cloneFailure(
  trouble: GitTrouble | "repository_empty" | "address_refused",
  { url, commit, branch }: Pick<Claim["clone"], "url" | "commit" | "branch">,
  said: string,
): { readonly code: FailureCode; readonly message: string } {
  if (trouble === "address_refused") {
    const message = `The repository ${url} is not cloned: its address ${said}. Change the app's repository address.`;
    return { code: "repository_not_found", message };
  }
  const quote = gitSaid(said);
  if (trouble === "reference_missing") {
    return commit === ""
      ? {
          code: "branch_not_found",
          message: `There is no branch "${branch}" in ${url}. Push it, or name another branch in the app's settings.${quote}`,
        }
      : {
          code: "commit_not_found",
          message: `There is no commit ${commit.slice(0, 12)} in ${url}. It may have been removed by a force-push: deploy the branch's head instead.${quote}`,
        };
  }
  const { code, text } = FAILURES[trouble];
  return { code, message: `${text(url)}${quote}` };
}

const FAILURES: Readonly<
  Record<
    Exclude<GitTrouble, "reference_missing"> | "repository_empty",
    { readonly code: FailureCode; readonly text: (url: string) => string }
  >
> = {
  repository_empty: {
    code: "repository_empty",
    text: (url) => `The repository ${url} has no commits yet. Push one, then deploy again.`,
  },
  repository_missing: {
    code: "repository_not_found",
    text: (url) =>
      `There is no repository at ${url}, or Slipway has no access to it. Check the app's repository URL and, if it is private, Slipway's access to it.`,
  },
  access_denied: {
    code: "repository_not_found",
    text: (url) =>
      `The repository ${url} does not exist, or Slipway has no access to it. Check the app's repository URL and Slipway's access to it.`,
  },
  moved: {
    code: "clone_failed",
    text: (url) => `The repository ${url} has moved. Update the app's repository URL.`,
  },
  unreachable: {
    code: "clone_failed",
    text: (url) =>
      `The server of ${url} could not be reached, or closed the connection. Check the URL, then deploy again later.`,
  },
  path_too_long: {
    code: "clone_failed",
    text: (url) =>
      `The repository ${url} has a path that is too long to be checked out. Use fewer or shorter directory and file names.`,
  },
  other: {
    code: "clone_failed",
    text: (url) => `The repository ${url} could not be cloned. Check what git says, then deploy again.`,
  },
};

/** The lines in which git says what is wrong, without its general advice; empty if it said nothing. */
function gitSaid(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^(?:fatal|error|remote): */, "").trim())
    .filter(
      (line) => line !== "" && !/^(?:hint|warning):|^Please make sure|^and the repository exists|^From /.test(line),
    );
  const words = [...new Set(lines)].slice(-3).join("; ").slice(0, 400);
  return words === "" ? "" : ` Git said: ${words.replace(/\.$/, "")}.`;
}
