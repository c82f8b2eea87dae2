import * as z from "zod";
import { AwsError } from "../../kernel/service.ts";
import type { Collection } from "../../kernel/state.ts";

export const recordSchema = z.object({
  zone: z.string(),
  /** In lower case, with the dot at its end; `*` as it is. */
  name: z.string(),
  type: z.string(),
  /** Seconds; `null`: an alias has none. */
  ttl: z.number().nullable(),
  values: z.array(z.string()),
  alias: z.object({ zoneId: z.string(), dnsName: z.string(), evaluate: z.boolean() }).nullable(),
});
export type DnsRecord = z.infer<typeof recordSchema>;

export interface Zone {
  readonly id: string;
  /** `apps.localhost`. */
  readonly name: string;
  /** Only seen from within a VPC. */
  readonly isPrivate?: boolean;
}

export type Change = { readonly action: "CREATE" | "DELETE" | "UPSERT"; readonly record: DnsRecord };

const keyOf = ({ zone, name, type }: Pick<DnsRecord, "zone" | "name" | "type">): string => `${zone} ${name} ${type}`;

/** As Route 53 spells and compares names. */
export const normalized = (name: string): string => {
  const lower = name.toLowerCase().replaceAll("\\052", "*");
  return lower.endsWith(".") ? lower : `${lower}.`;
};

/** The hosted zones of this account: those that whoever starts it names, and those of the template. */
export function openRecords(records: Collection<DnsRecord, never>, known: readonly Zone[]) {
  const zones = [...known];
  const lookUp = (name: string, type: string, isPrivate: boolean): DnsRecord | undefined => {
    const seen = new Set(zones.filter((zone) => (zone.isPrivate ?? false) === isPrivate).map(({ id }) => id));
    const asked = normalized(name);
    const labels = asked.split(".");
    const wildcards = labels.slice(1, -2).map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
    for (const candidate of [asked, ...wildcards]) {
      const found = records.all().find((one) => one.name === candidate && one.type === type && seen.has(one.zone));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const isIn = (isPrivate: boolean) => (name: string) =>
    zones.some(
      (zone) => (zone.isPrivate ?? false) === isPrivate && `.${normalized(name)}`.endsWith(`.${normalized(zone.name)}`),
    );
  const zoneOf = (id: string): Zone => {
    const found = zones.find((zone) => zone.id === id.replace(/^\/?(hostedzone\/)?/, ""));
    if (found !== undefined) return found;
    throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${id}`, 404);
  };

  const objectionTo = (zone: Zone, { action, record }: Change): string | null => {
    const what = `[name='${record.name}', type='${record.type}']`;
    if (!`.${record.name}`.endsWith(`.${normalized(zone.name)}`))
      return `RRSet with DNS name ${record.name} is not permitted in zone ${normalized(zone.name)}`;
    const now = records.get(keyOf(record));
    if (action === "CREATE" && now !== undefined)
      return `Tried to create resource record set ${what} but it already exists`;
    if (action !== "DELETE") return null;
    if (now === undefined) return `Tried to delete resource record set ${what} but it was not found`;
    return JSON.stringify(now) === JSON.stringify(record)
      ? null
      : `Tried to delete resource record set ${what} but the values provided do not match the current values`;
  };

  return {
    zoneOf,
    /** From now on there is this zone. */
    add: (zone: Zone): void => {
      if (!zones.some(({ id }) => id === zone.id)) zones.push(zone);
    },
    /** By name and type. */
    list: (zoneId: string): DnsRecord[] =>
      records
        .all()
        .filter(({ zone }) => zone === zoneOf(zoneId).id)
        .toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1)),

    /** All of them, or none. */
    change: (zoneId: string, changes: readonly Change[]): void => {
      const zone = zoneOf(zoneId);
      const objections = changes.flatMap((change) => objectionTo(zone, change) ?? []);
      if (objections.length > 0) throw new AwsError("InvalidChangeBatch", `[${objections.join(", ")}]`);
      for (const { action, record } of changes) {
        if (action === "DELETE") records.delete(keyOf(record));
        else records.put(keyOf(record), record);
      }
    },

    /** Whether a name lies in one of the zones that everybody sees. */
    isOurs: isIn(false),
    /** Whether a name lies in a zone that is only seen from within a VPC. */
    isPrivate: isIn(true),

    /** What DNS answers everybody for a name: its own record, or that of the nearest wildcard. */
    resolve: (name: string, type: string): DnsRecord | undefined => lookUp(name, type, false),
    /** What private zones answer. */
    resolvePrivately: (name: string, type: string): DnsRecord | undefined => lookUp(name, type, true),
    /** The names of private zones that lead somewhere, without the dot at their end. */
    privateHosts: (): readonly string[] => {
      const seen = new Set(zones.filter(({ isPrivate = false }) => isPrivate).map(({ id }) => id));
      const found = records.all().filter(({ zone, type }) => type === "A" && seen.has(zone));
      return found.map(({ name }) => name.slice(0, -1)).toSorted();
    },
  };
}
export type Records = ReturnType<typeof openRecords>;

/** Route 53 sorts by the labels from the end. */
export const sortKey = ({ name, type }: Pick<DnsRecord, "name" | "type">): string =>
  `${name.split(".").toReversed().join(".")} ${type}`;
