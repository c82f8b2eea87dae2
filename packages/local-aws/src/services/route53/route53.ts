import { createHash } from "node:crypto";
import { XMLBuilder, XMLParser } from "fast-xml-parser";
import * as z from "zod";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import {
  AwsError,
  type HttpService,
  type Permission,
  type WireRequest,
  type WireResponse,
} from "../../kernel/service.ts";
import {
  type Change,
  type DnsRecord,
  normalized,
  openRecords,
  type Records,
  recordSchema,
  sortKey,
  type Zone,
} from "./records.ts";

const NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/";
const PATH = /^\/2013-04-01\/hostedzone\/([A-Za-z0-9]{1,32})\/rrset\/?$/;

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@" });
const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === "Change" || name === "ResourceRecord",
});

const name = z.string().min(1).max(1024);
const recordInput = z
  .object({
    Name: name,
    Type: z.enum(["A", "AAAA", "CNAME", "TXT", "CAA"]),
    TTL: z.coerce.number().int().min(0).max(2147483647).optional(),
    ResourceRecords: z.object({ ResourceRecord: z.array(z.object({ Value: z.string().min(1).max(4000) })) }).optional(),
    AliasTarget: z
      .object({
        HostedZoneId: z.string().min(1).max(32),
        DNSName: name,
        EvaluateTargetHealth: z.enum(["true", "false"]),
      })
      .optional(),
  })
  .refine(
    ({ TTL, ResourceRecords, AliasTarget }) => (AliasTarget === undefined) === (TTL !== undefined && !!ResourceRecords),
    "a record has either an alias target, or a TTL and values",
  );
const batchInput = z.object({
  ChangeResourceRecordSetsRequest: z.object({
    ChangeBatch: z.object({
      Comment: z.string().max(256).optional(),
      Changes: z.object({
        Change: z
          .array(z.object({ Action: z.enum(["CREATE", "DELETE", "UPSERT"]), ResourceRecordSet: recordInput }))
          .min(1),
      }),
    }),
  }),
});

function recordOf(zone: string, given: z.infer<typeof recordInput>): DnsRecord {
  const { Name, Type, TTL, ResourceRecords, AliasTarget } = given;
  return {
    zone,
    name: normalized(Name),
    type: Type,
    ttl: TTL ?? null,
    values: ResourceRecords?.ResourceRecord.map(({ Value }) => Value) ?? [],
    alias:
      AliasTarget === undefined
        ? null
        : {
            zoneId: AliasTarget.HostedZoneId,
            dnsName: normalized(AliasTarget.DNSName),
            evaluate: AliasTarget.EvaluateTargetHealth === "true",
          },
  };
}

const show = ({ name: of, type, ttl, values, alias }: DnsRecord): unknown => ({
  Name: of.replace("*", "\\052"),
  Type: type,
  ...(alias === null
    ? { TTL: ttl, ResourceRecords: { ResourceRecord: values.map((Value) => ({ Value })) } }
    : {
        AliasTarget: {
          HostedZoneId: alias.zoneId,
          DNSName: alias.dnsName,
          EvaluateTargetHealth: alias.evaluate,
        },
      }),
});

const answer = (root: string, output: object): WireResponse => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: builder.build({ [root]: { "@xmlns": NAMESPACE, ...output } }),
});

/** The zone and the changes of a request. Throws `InvalidInput` for one that is none. */
function batchOf({ body }: WireRequest, zone: string): readonly Change[] {
  const parsed = batchInput.safeParse(parser.parse(body.toString("utf8")));
  if (!parsed.success) throw new AwsError("InvalidInput", z.prettifyError(parsed.error));
  const { Changes } = parsed.data.ChangeResourceRecordSetsRequest.ChangeBatch;
  return Changes.Change.map(({ Action, ResourceRecordSet }) => ({
    action: Action,
    record: recordOf(zone, ResourceRecordSet),
  }));
}

const zoneIdOf = ({ url }: WireRequest): string => {
  const id = PATH.exec(url.pathname)?.[1];
  if (id === undefined) throw new AwsError("InvalidAction", `The local mode has no operation at ${url.pathname}.`);
  return id;
};

function page(records: Records, zone: string, query: URLSearchParams): WireResponse {
  const [start, type] = [query.get("name"), query.get("type") ?? ""];
  const most = Math.min(Number(query.get("maxitems") ?? 300), 300);
  const from = start === null ? "" : sortKey({ name: normalized(start), type });
  const left = records.list(zone).filter((one) => start === null || sortKey(one) >= from);
  const next = left[most];
  return answer("ListResourceRecordSetsResponse", {
    ResourceRecordSets: { ResourceRecordSet: left.slice(0, most).map(show) },
    IsTruncated: next !== undefined,
    ...(next === undefined ? {} : { NextRecordName: next.name.replace("*", "\\052"), NextRecordType: next.type }),
    MaxItems: most,
  });
}

/** What IAM is asked: the condition keys are https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html */
function changing(resource: string, changes: readonly Change[]): Permission[] {
  const prefix = "route53:ChangeResourceRecordSets";
  const unique = (values: readonly string[]): string[] => [...new Set(values)];
  return [
    {
      action: prefix,
      resource,
      context: {
        [`${prefix}NormalizedRecordNames`]: unique(
          changes.map(({ record }) => record.name.slice(0, -1).replace("*", "\\052")),
        ),
        [`${prefix}RecordTypes`]: unique(changes.map(({ record }) => record.type)),
        [`${prefix}Actions`]: unique(changes.map(({ action }) => action)),
      },
    },
  ];
}

function createService(context: LocalContext, records: Records, onChange: () => void): HttpService {
  return {
    kind: "http",
    scope: "route53",
    permissions: (request) => {
      const zone = zoneIdOf(request);
      const resource = `arn:aws:route53:::hostedzone/${zone}`;
      if (request.method === "POST") return changing(resource, batchOf(request, zone));
      return [{ action: "route53:ListResourceRecordSets", resource }];
    },
    handle: async (request) => {
      const { id } = records.zoneOf(zoneIdOf(request));
      if (request.method !== "POST") return page(records, id, request.url.searchParams);
      records.change(id, batchOf(request, id));
      onChange();
      const SubmittedAt = new Date(context.clock.now()).toISOString();
      const ChangeInfo = { Id: `/change/C${context.randomHex(20).toUpperCase()}`, Status: "INSYNC", SubmittedAt };
      return answer("ChangeResourceRecordSetsResponse", { ChangeInfo });
    },
    refuse: ({ code, status, message }) => ({
      status,
      headers: { "content-type": "text/xml" },
      body: builder.build({
        ErrorResponse: {
          "@xmlns": NAMESPACE,
          Error: { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message },
          RequestId: context.randomHex(32),
        },
      }),
    }),
  };
}

const recordProperties = z.looseObject({
  HostedZoneId: z.string(),
  Name: name,
  Type: z.string(),
  AliasTarget: z.object({ HostedZoneId: z.string(), DNSName: z.string() }),
});

const zoneProperties = z.looseObject({
  Name: name,
  VPCs: z.array(z.unknown()).min(1, "only private zones are made here"),
});

const zoneProvider = (records: Records): ResourceProvider => ({
  type: "AWS::Route53::HostedZone",
  ensure: ({ properties, physicalName }) => {
    const { Name } = zoneProperties.parse(properties);
    const id = `Z${createHash("sha256").update(physicalName).digest("hex").slice(0, 20).toUpperCase()}`;
    records.add({ id, name: Name.replace(/\.$/, ""), isPrivate: true });
    return { ref: id, attributes: { Id: id } };
  },
});

const provider = (records: Records): ResourceProvider => ({
  type: "AWS::Route53::RecordSet",
  ensure: ({ properties }) => {
    const { HostedZoneId: zone, Name, Type: type, AliasTarget } = recordProperties.parse(properties);
    const alias = { zoneId: AliasTarget.HostedZoneId, dnsName: normalized(AliasTarget.DNSName), evaluate: false };
    const record = { zone, name: normalized(Name), type, ttl: null, values: [], alias };
    records.change(zone, [{ action: "UPSERT", record }]);
    return { ref: record.name };
  },
});

export interface Route53Options {
  /** Zones that are there before anything is made. */
  readonly zones: readonly Zone[];
  /** Who is told the names of private zones that lead somewhere, at the start and after each change. */
  readonly onPrivateHosts?: (hosts: readonly string[]) => void;
}

type Answers = Pick<Records, "isOurs" | "isPrivate" | "resolve" | "resolvePrivately">;

/** Route 53, as far as records in zones that there are, and what DNS answers of them. */
export interface Route53 extends LocalPart, Answers {}

export function createRoute53(context: LocalContext, { zones, onPrivateHosts }: Route53Options): Route53 {
  const records = openRecords(context.state.collection("route53.records", recordSchema), zones);
  const tell = (): void => onPrivateHosts?.(records.privateHosts());
  const { isOurs, isPrivate, resolve, resolvePrivately } = records;
  return {
    services: [createService(context, records, tell)],
    providers: [zoneProvider(records), provider(records)],
    isOurs,
    isPrivate,
    resolve,
    resolvePrivately,
    start: async () => tell(),
    close: async () => undefined,
  };
}
