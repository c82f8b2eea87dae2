import { deploymentsContract } from "./deployments.ts";
import { logContract } from "./log.ts";
import type { PortOf, Ports } from "./ports.ts";

/** The suites of all ports, for an implementation that has them all. */
export function contracts(ports: PortOf<keyof Ports>): void {
  deploymentsContract(ports);
  logContract(ports);
}
