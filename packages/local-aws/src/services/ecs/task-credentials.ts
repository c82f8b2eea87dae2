import { createHash, timingSafeEqual } from "node:crypto";
import type { Head } from "../../endpoint/sigv4.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { WireResponse } from "../../kernel/service.ts";
import type { Iam } from "../iam/iam.ts";
import { TaskStartError } from "./task-runner.ts";

/** How a task's program finds the credentials of its role; the SDKs read it from two variables. */
export interface CredentialsAddress {
  /** Of the AWS endpoint, whichever of its addresses the task reaches. */
  readonly path: string;
  readonly token: string;
}

/** Gives tasks the credentials of their roles over HTTP, as ECS's agent does: each task its own address and token. */
export interface TaskCredentials {
  /** Throws `TaskStartError` for a role that ECS may not assume. */
  issue(taskId: string, roleArn: string): CredentialsAddress;
  /** From now on nobody gets credentials at the task's address. */
  revoke(taskId: string): void;
  /** `undefined`: the request is for something else. */
  answer(head: Head): WireResponse | undefined;
}

interface Issued {
  readonly roleArn: string;
  readonly tokenHash: Buffer;
  /** What was answered last. */
  credentials?: { readonly body: string; readonly renewAt: number };
}

type CredentialsContext = Pick<LocalContext, "account" | "region" | "clock" | "randomHex">;

const PATH = "/v2/credentials/";
/** ECS's last for six hours, and SDKs ask for others a few minutes before. */
const LIFE_MS = 6 * 60 * 60_000;
const RENEWED_MS = 60 * 60_000;

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** {@link TaskCredentials.answer} is to be reached at an address that the SDKs accept: the loopback one, or that of ECS's agent. */
export function createTaskCredentials(
  { account, region, clock, randomHex }: CredentialsContext,
  iam: Pick<Iam, "assume" | "mayAssume">,
): TaskCredentials {
  const issued = new Map<string, Issued>();

  const credentialsOf = (taskId: string, entry: Issued): string => {
    const now = clock.now();
    if (entry.credentials !== undefined && entry.credentials.renewAt > now) return entry.credentials.body;
    const expiresAt = now + LIFE_MS;
    const session = iam.assume({ roleArn: entry.roleArn, name: taskId, policy: null, expiresAt });
    const body = JSON.stringify({
      RoleArn: entry.roleArn,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: new Date(expiresAt).toISOString(),
    });
    entry.credentials = { body, renewAt: expiresAt - RENEWED_MS };
    return body;
  };

  return {
    issue: (taskId, roleArn) => {
      const source = {
        "aws:SourceAccount": account,
        "aws:SourceArn": `arn:aws:ecs:${region}:${account}:task/${taskId}`,
      };
      if (!iam.mayAssume(roleArn, "ecs-tasks.amazonaws.com", source)) throw cannotAssume(roleArn);
      const token = randomHex(64);
      issued.set(taskId, { roleArn, tokenHash: hashOf(token) });
      return { path: `${PATH}${taskId}`, token };
    },
    revoke: (taskId) => void issued.delete(taskId),
    answer: ({ method, target, headers }) => {
      if (!target.startsWith(PATH)) return undefined;
      const taskId = target.slice(PATH.length);
      const entry = issued.get(taskId);
      const isHolder = entry !== undefined && timingSafeEqual(entry.tokenHash, hashOf(headers.authorization ?? ""));
      if (entry === undefined || !isHolder) return answered(403, JSON.stringify({ code: "AccessDenied" }));
      if (method !== "GET") return answered(405, JSON.stringify({ code: "MethodNotAllowed" }));
      return answered(200, credentialsOf(taskId, entry));
    },
  };
}

const answered = (status: number, body: string): WireResponse => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body,
});

/** In ECS's words: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html */
const cannotAssume = (roleArn: string): TaskStartError =>
  new TaskStartError(
    `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
  );
