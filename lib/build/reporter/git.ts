import { plainText } from "@slipway/text/inert";
import type { Redact } from "@slipway/text/redactor";
import { type Command, capture, type RunOptions } from "./child.ts";
import type { Surroundings } from "./surroundings.ts";

/** What git answered; `stderr` is redacted. */
export interface GitAnswer {
  readonly ok: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Git = (...args: readonly string[]) => Promise<GitAnswer>;

export interface GitOptions extends Pick<RunOptions, "after" | "signal"> {
  /** Where git runs. */
  readonly directory: string;
  readonly env: Surroundings["env"];
  /** The value of an `Authorization` header for `url`, or `null`. */
  readonly authorization: string | null;
  readonly url: string;
  /** Which protocols git speaks, as `GIT_ALLOW_PROTOCOL` lists them. */
  readonly protocols: string;
  /** The addresses that the server's name was found to have; `null`: git looks it up. */
  readonly pin: string | null;
  readonly redact: Redact;
}

/**
 * Git in one directory, which asks nobody, runs no hooks, reads no configuration but what stands here, speaks only the
 * protocols that it is given, connects to just the addresses that were judged (since git 2.37), and follows no redirect. The authorization goes by the environment, so that no list of processes shows it, and to the repository's own server only.
 */
export function gitIn({ directory, env, authorization, url, protocols, pin, redact, ...options }: GitOptions): Git {
  const settings: (readonly [string, string])[] = [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["advice.detachedHead", "false"],
    ["credential.helper", ""],
    // The clone is gone after the build.
    ["maintenance.auto", "false"],
    // A transfer below 1 kB/s for a minute is dead.
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "60"],
    ["http.followRedirects", "false"],
  ];
  if (pin !== null) settings.push(["http.curloptResolve", pin]);
  if (authorization !== null && /^https?:/i.test(url)) {
    // After a redirect git would send the header to wherever it led.
    settings.push(
      ["http.followRedirects", "false"],
      [`http.${new URL(url).origin}/.extraHeader`, `Authorization: ${authorization}`],
    );
  }
  const command = (args: readonly string[]): Command => ({
    file: "git",
    args,
    cwd: directory,
    env: { ...withoutGit(env), ...gitEnvironment(settings), GIT_ALLOW_PROTOCOL: protocols },
  });
  return async (...args) => {
    const { code, stdout, stderr } = await capture(command(args), options);
    return { ok: code === 0, code, stdout, stderr: plainText(redact(stderr)) };
  };
}

/** A variable of whoever started the build may not change what git does. */
function withoutGit(env: Surroundings["env"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GIT_")));
}

function gitEnvironment(settings: readonly (readonly [string, string])[]): Record<string, string> {
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...Object.fromEntries(pairs),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    GIT_LFS_SKIP_SMUDGE: "1",
    // Messages are read by patterns.
    LC_ALL: "C",
    LANGUAGE: "",
  };
}
