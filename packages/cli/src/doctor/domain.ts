import type { Client } from "@slipway/monitor/client";
import { RequestError } from "@slipway/monitor/client";
import type { CliDeps } from "../system/deps.ts";
import { type Finding, skipped, well, wrong } from "./finding.ts";

const check = "domain";

/** Whether the names of apps lead to their load balancers, where somebody else keeps DNS. */
export async function checkDomain({ addressesOf }: CliDeps, client: Client): Promise<readonly Finding[]> {
  let domain: Awaited<ReturnType<Client["showDomain"]>>;
  try {
    domain = await client.showDomain();
  } catch (error) {
    if (!(error instanceof RequestError && error.status === 404)) throw error;
    return [skipped(check, "this version of Slipway does not know it")];
  }
  const { name, hosted, records } = domain;
  if (name === null) return [skipped(check, "none: apps are reached over plain HTTP, for trying it out")];
  if (hosted) return [well(check, `Slipway keeps the records of ${name}`)];
  if (records.length === 0) return [skipped(check, `the records of ${name} are known after the first release`)];
  return Promise.all(records.map((record) => checkRecord(addressesOf, record)));
}

const withoutDot = (name: string): string => name.replace(/\.$/, "");

async function checkRecord(
  addressesOf: CliDeps["addressesOf"],
  record: { readonly type: string; readonly name: string; readonly value: string },
): Promise<Finding> {
  const { type } = record;
  const [name, value] = [withoutDot(record.name), withoutDot(record.value)];
  // Any name shows whether the record for all of them is there.
  const [found, wanted] = await Promise.all([addressesOf(name.replace("*", "slipway-doctor")), addressesOf(value)]);
  if (found.some((address) => wanted.includes(address))) return well(check, `${name} leads to its load balancer`);
  const seen = found.length === 0 ? "is not in DNS" : `leads to ${found.join(", ")}, which is no address of ${value}`;
  return wrong(check, `${name} ${seen}`, `Create this record at your DNS provider: ${name} ${type} ${value}`);
}
