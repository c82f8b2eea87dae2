import { agentAddress, openAgentNetwork } from "../../containers/docker/agent-network.ts";
import { type EngineCommand, EngineUnreachable } from "../../containers/docker/engine-network.ts";
import type { ContainerEngine } from "../../containers/docker/settings.ts";
import type { AwsEndpoint } from "../../endpoint/endpoint.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { Iam } from "../iam/iam.ts";
import type { TaskCredentials } from "./task-credentials.ts";

/** How containers reach the AWS endpoint of this machine. */
interface ReachedAws {
  /** Its address, which SDKs accept for credentials as well. */
  readonly endpoint: string;
  /** What a container joins besides the engine's own network, which has the address only then; `null`: it has it already. */
  readonly network: string | null;
}

/** What tasks with a role need in a container: a way to AWS, and somebody who gives them the role's credentials. */
export interface ContainerAws {
  readonly credentials: Pick<TaskCredentials, "issue" | "revoke">;
  /**
   * `null`: the role may do nothing, so that no network is made for it, or containers do not reach this machine. Then the log
   * says why, once.
   */
  reached(roleArn: string): Promise<ReachedAws | null>;
  /** From when this resolves with `null`, the AWS endpoint answers at the address; otherwise why it does not, for a person. */
  listen(): Promise<string | null>;
  /** Ends that, so that the network can be removed. */
  close(): Promise<void>;
}

export interface ContainerAwsOptions {
  readonly engine: ContainerEngine;
  readonly command: EngineCommand;
  readonly credentials: TaskCredentials;
  readonly iam: Pick<Iam, "hasPolicies">;
  readonly listenAt: AwsEndpoint["listenAt"];
}

/** Another local mode that ends may remove the network before this one listens there. */
const mostTries = 3;

export function createContainerAws(
  { awsEndpoint, log }: Pick<LocalContext, "awsEndpoint" | "log">,
  { engine, command, credentials, iam, listenAt }: ContainerAwsOptions,
): ContainerAws {
  const endpoint = new URL(awsEndpoint);
  endpoint.hostname = agentAddress;
  let isSaid = false;
  let listening: ReturnType<AwsEndpoint["listenAt"]> | null = null;
  const listen = async (): Promise<string | null> => {
    listening ??= listenAt(agentAddress);
    try {
      await listening;
      return null;
    } catch (error) {
      listening = null;
      return `${endpoint.host} cannot be taken: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const close = async (): Promise<void> => {
    const end = await listening?.catch(() => undefined);
    await end?.();
  };
  const open = async (tries: number): Promise<ReachedAws> => {
    const { joined } = await openAgentNetwork(engine, command);
    if (joined !== null) return { endpoint: endpoint.origin, network: joined };
    const why = await listen();
    if (why === null) return { endpoint: endpoint.origin, network: null };
    if (tries > 1) return open(tries - 1);
    throw new EngineUnreachable(why);
  };
  const reached = async (roleArn: string): Promise<ReachedAws | null> => {
    if (!iam.hasPolicies(roleArn)) return null;
    try {
      return await open(mostTries);
    } catch (error) {
      if (!(error instanceof EngineUnreachable)) throw error;
      const message = `Tasks get no credentials of their roles: ${error.message}`;
      if (!isSaid) log("engine", { level: "WARN", message });
      isSaid = true;
      return null;
    }
  };
  return { credentials, reached, listen, close };
}
