import { type Redact, redactor } from "@slipway/text/redactor";
import type { Claim, ImageCredentials } from "../../contract/build.ts";
import { capture } from "./child.ts";
import type { ControlPlane } from "./control-plane.ts";
import { BuildFailure } from "./failure.ts";
import { backoff, pause, type Surroundings } from "./surroundings.ts";

const NOT_FOUND = 127;
/** A login has to outlast a build, and both may take an hour: of older credentials there are fresh ones first. */
const FRESH_MS = 50 * 60_000;
/** How often fresh ones are asked for before those that there are have to do. */
const RENEWALS = 5;

/** The registry that a build's image is pushed to. */
export interface Registry {
  /** Logs docker in with credentials that are good for the app's repositories only. Throws a {@link BuildFailure} `push_failed`. */
  logIn(): Promise<void>;
  /** Whether docker was logged in so long ago that the login no longer outlasts a build. */
  hasAged(): boolean;
  /** Whether what docker is logged in with is good no more. */
  isExpired(): boolean;
  /** The environment of docker's commands: without the credentials of AWS, of which it has its login. */
  readonly env: Surroundings["env"];
}

export interface RegistryOptions {
  readonly image: Claim["image"];
  readonly plane: Pick<ControlPlane, "credentials">;
  readonly surroundings: Surroundings;
  readonly redact: Redact;
  readonly signal: AbortSignal;
}

const CREDENTIALS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;

/** What must not be seen of credentials. */
export const secretsOf = ({ secret_access_key, session_token }: ImageCredentials): string[] => [
  secret_access_key,
  session_token,
];

export function openRegistry({ image, plane, surroundings, redact, signal }: RegistryOptions): Registry {
  const { registry } = image;
  const { now, after, random } = surroundings;
  const env = Object.fromEntries(
    Object.entries(surroundings.env).filter(([name]) => !CREDENTIALS.some((credential) => credential === name)),
  );
  let credentials = image.credentials;
  let wasFresh = false;
  const left = (): number => Date.parse(credentials.expires_at) - now();

  const renew = async (): Promise<void> => {
    for (let failures = 1; failures <= RENEWALS && !signal.aborted; failures += 1) {
      const answer = await plane.credentials(signal);
      if (answer.kind === "renewed") credentials = answer.credentials;
      if (answer.kind !== "again") return;
      await pause(Math.max(backoff(failures, random()), answer.afterMs), after, signal);
    }
  };

  const refuse = (command: string, code: number, stderr: string): BuildFailure => {
    const hidden = redactor(secretsOf(credentials))(redact(stderr));
    const why = code === NOT_FOUND ? "there is no such command in the build's image" : lastLine(hidden);
    const message = `The build could not log in to the registry ${registry}: "${command}" ended with exit code ${code} (${why}). Check the build's permissions on the registry, then deploy again.`;
    return new BuildFailure("building", "push_failed", message, code);
  };

  return {
    env,
    hasAged: () => wasFresh && left() < FRESH_MS,
    isExpired: () => left() <= 0,
    logIn: async () => {
      if (left() < FRESH_MS) await renew();
      wasFresh = left() >= FRESH_MS;
      const identity = {
        AWS_ACCESS_KEY_ID: credentials.access_key_id,
        AWS_SECRET_ACCESS_KEY: credentials.secret_access_key,
        AWS_SESSION_TOKEN: credentials.session_token,
      };
      const options = { after, signal };
      const command = { file: "aws", args: ["ecr", "get-login-password"], env: { ...env, ...identity } };
      const password = await capture(command, options);
      if (password.code !== 0) throw refuse("aws ecr get-login-password", password.code, password.stderr);
      const args = ["login", "--username", "AWS", "--password-stdin", registry];
      const login = await capture({ file: "docker", args, env, input: password.stdout.trim() }, options);
      if (login.code !== 0) throw refuse("docker login", login.code, login.stderr);
    },
  };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
}
