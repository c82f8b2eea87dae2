import { execFile } from "node:child_process";
import { createServer } from "node:net";
import * as z from "zod";
import type { ContainerEngine } from "./settings.ts";

/** Where containers of an engine reach this machine. Its message, as a sentence, says why they do not. */
export class EngineUnreachable extends Error {
  override readonly name = "EngineUnreachable";
}

/** How an engine is asked. */
export interface EngineCommand {
  readonly command: string;
  /** See `engineEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
}

const ANSWER_LIMIT_MS = 30_000;

/** What the engine's command answers on stdout. Throws {@link EngineUnreachable} with what it says else. */
export function runEngineCommand({ command, env }: EngineCommand, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, timeout: ANSWER_LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new EngineUnreachable(`${command} ${args.join(" ")} failed: ${stderr.trim() || error.message}`));
    });
  });
}

const loopback = "127.0.0.1";
const isIpv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);

/**
 * The address of this machine in the network of an engine's containers. Podman makes that network with its first container, so that
 * the address may not be there yet. Throws {@link EngineUnreachable}.
 */
export async function gatewayOf(engine: ContainerEngine, given: EngineCommand | null): Promise<string> {
  if (engine === "host" || given === null) return loopback;
  return engine === "docker" ? ofDocker(given) : ofPodman(given);
}

/** A daemon that runs as another user or in a virtual machine has its bridge elsewhere. */
async function ofDocker(given: EngineCommand): Promise<string> {
  const format = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
  const gateways = (await runEngineCommand(given, ["network", "inspect", "bridge", "--format", format])).split(" ");
  const gateway = gateways.find(isIpv4);
  if (gateway !== undefined && (await isOfThisMachine(gateway))) return gateway;
  throw new EngineUnreachable(
    "Docker's containers are in a virtual machine or in a network of another user's (Docker Desktop, rootless Docker), from which they do not reach this machine at an address of theirs.",
  );
}

/** By taking a port there: the list of interfaces leaves out a bridge without containers. */
export const isOfThisMachine = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });

const podmanNetwork = z.array(z.looseObject({ subnets: z.array(z.looseObject({ gateway: z.string().optional() })) }));

async function ofPodman(given: EngineCommand): Promise<string> {
  if ((await runEngineCommand(given, ["info", "--format", "{{.Host.Security.Rootless}}"])) === "true")
    throw new EngineUnreachable(
      "Containers of rootless Podman have no network in common with this machine, and do not reach it at an address of theirs.",
    );
  const networks = podmanNetwork.parse(JSON.parse(await runEngineCommand(given, ["network", "inspect", "podman"])));
  const gateways = networks.flatMap(({ subnets }) => subnets).flatMap(({ gateway }) => gateway ?? []);
  const gateway = gateways.find(isIpv4);
  if (gateway === undefined) throw new EngineUnreachable("Podman's default network has no gateway.");
  return gateway;
}
