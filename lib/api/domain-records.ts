import type { ShownInstallationDomain } from "../contract/answers/apps.ts";
import { addressName } from "../core/app.ts";
import { firstBalancer } from "../core/placement/placement.ts";
import { readableApps } from "./apps.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";

/** Where names below the installation's domain are to lead: all of them, but for those of apps on a further load balancer. */
export async function showDomainRecords(deps: ApiDeps, call: Call): Promise<Answer> {
  const { domain, isHosted } = deps.addresses;
  if (domain === "") return data({ name: null, hosted: false, records: [] } satisfies ShownInstallationDomain);
  const { apps, names } = await deps.placements.get();
  const first = firstBalancer(true);
  const recordTo = (name: string, balancer: string) => {
    const value = names[balancer];
    return value === undefined ? [] : [{ type: "CNAME", name: `${name}.${domain}.`, value: `${value}.` }];
  };
  const others = (await readableApps(deps, call)).flatMap((app) => {
    if (app.settings.internal) return [];
    const balancer = apps[app.id]?.balancer ?? first;
    return balancer === first ? [] : recordTo(addressName(app), balancer);
  });
  const shown: ShownInstallationDomain = {
    name: domain,
    hosted: isHosted,
    records: [...recordTo("*", first), ...others],
  };
  return data(shown);
}
