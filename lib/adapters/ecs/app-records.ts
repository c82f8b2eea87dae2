import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ChangeResourceRecordSetsCommand,
  InvalidChangeBatch,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from "@aws-sdk/client-route-53";
import { isWithin } from "../../core/domains/name.ts";
import type { Place } from "../../core/placement/placement.ts";
import { hostIn, type Names } from "./names.ts";

export type RecordsClient = Pick<Route53Client, "send">;

/**
 * The names of apps in DNS. The template's wildcard leads to the first public load balancer; an app on any other one has a record
 * of its own, unless DNS is elsewhere.
 */
export function appRecords(client: RecordsClient, names: Names | null) {
  const zone = names?.hostedZoneId ?? null;

  const change = (Action: "UPSERT" | "DELETE", record: ResourceRecordSet) =>
    client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone ?? "",
        ChangeBatch: { Changes: [{ Action, ResourceRecordSet: record }] },
      }),
    );

  const find = async (host: string): Promise<ResourceRecordSet | null> => {
    const asked = { HostedZoneId: zone ?? "", StartRecordName: host, StartRecordType: "A", MaxItems: 1 } as const;
    const { ResourceRecordSets: [record] = [] } = await client.send(new ListResourceRecordSetsCommand(asked));
    return record?.Name === `${host}.` && record.Type === "A" ? record : null;
  };

  return {
    ensure: async ({ balancer }: Place, { DNSName, CanonicalHostedZoneId }: LoadBalancer, name: string) => {
      if (names === null || zone === null || balancer === names.ledTo) return;
      await change("UPSERT", {
        Name: hostIn(names, name),
        Type: "A",
        AliasTarget: { DNSName, HostedZoneId: CanonicalHostedZoneId, EvaluateTargetHealth: false },
      });
    },

    /** Removes the records of these hosts, as far as there are such. Names outside the domain are somebody else's. */
    remove: async (hosts: readonly string[]): Promise<void> => {
      if (names === null || zone === null) return;
      for (const host of hosts.filter((each) => isWithin(each, names.domain))) {
        const record = await find(host);
        if (record === null) continue;
        try {
          await change("DELETE", record);
        } catch (error) {
          // Somebody else removed it meanwhile.
          if (!(error instanceof InvalidChangeBatch)) throw error;
        }
      }
    },
  };
}
