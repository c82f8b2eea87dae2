import { createServer } from "node:net";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { listening } from "../../kernel/listening.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { Container } from "./model.ts";
import type { CredentialsAddress } from "./task-credentials.ts";
import { type TaskOrder, TaskStartError } from "./task-runner.ts";

/** As many as one call of Parameter Store takes. */
const BATCH = 10;

/** A free port of 127.0.0.1. Between this and the task's own binding somebody could take it: the task then fails and is started again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server, 0, "127.0.0.1");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A parameter's name from what a secret's `valueFrom` may be: a name or an ARN of Parameter Store. */
function parameterName(valueFrom: string): string {
  if (!valueFrom.startsWith("arn:")) return valueFrom;
  const name = /^arn:aws:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(valueFrom)?.[1];
  if (name === undefined)
    throw new TaskStartError(`ResourceInitializationError: the local mode cannot read ${valueFrom}`);
  return name;
}

/** In ECS's words: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html */
const pullFailed = (why: string): TaskStartError =>
  new TaskStartError(
    `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${why}`,
  );

async function parameters(client: SSMClient, names: readonly string[]): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (let from = 0; from < names.length; from += BATCH) {
    const Names = names.slice(from, from + BATCH);
    const answer = await client.send(new GetParametersCommand({ Names, WithDecryption: true }));
    const invalid = answer.InvalidParameters ?? [];
    if (invalid.length > 0) throw pullFailed(`invalid ssm parameters: ${invalid.join(", ")}`);
    for (const { Name = "", Value = "" } of answer.Parameters ?? []) values.set(Name, Value);
  }
  return values;
}

/** The secrets of a container, read from Parameter Store as the task's execution role. */
async function secretsOf(context: LocalContext, order: TaskOrder): Promise<Record<string, string>> {
  const wanted = order.container.secrets.map(({ name, valueFrom }) => [name, parameterName(valueFrom)] as const);
  if (wanted.length === 0) return {};
  if (order.executionRoleArn === undefined) throw pullFailed("the task definition has no execution role");
  const { awsEndpoint: endpoint, region } = context;
  const credentials = context.credentialsFor(order.executionRoleArn, "ecs-agent");
  const client = new SSMClient({ endpoint, region, credentials });
  try {
    const values = await parameters(client, [...new Set(wanted.map(([, parameter]) => parameter))]);
    return Object.fromEntries(wanted.map(([name, parameter]) => [name, values.get(parameter) ?? ""]));
  } catch (error) {
    if (error instanceof TaskStartError || !(error instanceof Error)) throw error;
    throw pullFailed(error.message);
  } finally {
    client.destroy();
  }
}

/** How a task reaches AWS: here, and as its own role. */
interface RoleAccess extends CredentialsAddress {
  /** The AWS endpoint as the task reaches it. */
  readonly endpoint: string;
}

const awsOf = ({ endpoint, path, token }: RoleAccess): Record<string, string> => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}${path}`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
  AWS_ENDPOINT_URL: endpoint,
});

const declared = ({ environment }: Container): Record<string, string> =>
  Object.fromEntries(environment.map(({ name, value }) => [name, value]));

/** What an engine sets: what the app may set otherwise, and what it insists on. */
interface EngineVariables {
  readonly defaults: Readonly<Record<string, string>>;
  readonly fixed: Readonly<Record<string, string>>;
  /**
   * `null`: the container does not reach the AWS endpoint of this machine, or the task has no role. Credentials alone would lead
   * it to the real AWS.
   */
  readonly role: RoleAccess | null;
}

/**
 * The environment of a container, over that of its image (`NAME=value` each): exactly what the task definition says, and below it
 * what ECS and the engine set by default. A task that brings AWS credentials of its own is given none of its role's.
 */
export async function environmentOf(
  context: LocalContext,
  order: TaskOrder,
  image: readonly string[],
  { defaults, fixed, role }: EngineVariables,
): Promise<Record<string, string>> {
  const ofImage = image.map((entry) => {
    const at = entry.indexOf("=");
    return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  const own = { ...Object.fromEntries(ofImage), ...declared(order.container), ...(await secretsOf(context, order)) };
  return {
    AWS_REGION: context.region,
    AWS_DEFAULT_REGION: context.region,
    ...defaults,
    ...(role === null || "AWS_ACCESS_KEY_ID" in own ? {} : awsOf(role)),
    ...own,
    ...fixed,
  };
}
