import {
  type EngineCommand,
  EngineUnreachable,
  gatewayOf,
  isOfThisMachine,
  runEngineCommand,
} from "./engine-network.ts";
import type { ContainerEngine } from "./settings.ts";

/**
 * The address of ECS's agent. Beside the loopback address, SDKs take credentials over plain HTTP from it alone:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export const agentAddress = "169.254.170.2";
const agentSubnet = "169.254.170.0/24";
/** One for all local modes of this machine: an address has one network. */
export const agentNetworkName = "local-aws-agent";

/** A network of the engine whose gateway, which is this machine, has the agent's address. */
export interface AgentNetwork {
  /** What containers join besides the engine's own network; `null`: they reach the address without it. */
  readonly joined: string | null;
}

/**
 * Makes the network if it is not there. Docker keeps the address for as long as there is the network, so that containers reach
 * it through their own gateway; Podman only while a container has joined it. Throws {@link EngineUnreachable}.
 */
export async function openAgentNetwork(engine: ContainerEngine, given: EngineCommand): Promise<AgentNetwork> {
  // Where containers do not even reach their gateway here, another one would not help.
  await gatewayOf(engine, given);
  const names = await runEngineCommand(given, ["network", "ls", "--format", "{{.Name}}"]);
  if (!names.split("\n").includes(agentNetworkName)) await create(given);
  if (engine === "podman") return { joined: agentNetworkName };
  if (await isOfThisMachine(agentAddress)) return { joined: null };
  throw new EngineUnreachable(`Docker's network ${agentNetworkName} does not have the address ${agentAddress} here.`);
}

async function create(given: EngineCommand): Promise<void> {
  const at = ["--subnet", agentSubnet, "--gateway", agentAddress];
  try {
    await runEngineCommand(given, ["network", "create", "--driver", "bridge", ...at, agentNetworkName]);
  } catch (error) {
    // Another local mode may have made it at the same moment.
    const names = await runEngineCommand(given, ["network", "ls", "--format", "{{.Name}}"]);
    if (!names.split("\n").includes(agentNetworkName)) throw error;
  }
}
