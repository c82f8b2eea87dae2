import * as z from "zod";
import { openEncryption } from "../../kernel/encryption.ts";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import { uuid } from "../../kernel/uuid.ts";
import type { IssuedCertificate } from "../elb/certificates.ts";
import type { Authority } from "./authority.ts";
import { type Certificate, certificateSchema, judge, validationRecord } from "./certificate.ts";

const operation = operationsOf("ValidationException");

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
const domainName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$/);
const arnInput = z.object({
  CertificateArn: z.string().regex(/^arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(\/[\w+=,.@-]+)*$/),
});
const tags = z
  .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256).default("") }))
  .min(1)
  .max(50);
const requestInput = z.object({
  DomainName: domainName,
  SubjectAlternativeNames: z.array(domainName).min(1).max(100).default([]),
  ValidationMethod: z.enum(["DNS", "EMAIL"]).default("EMAIL"),
  IdempotencyToken: z.string().min(1).max(32).regex(/^\w+$/).optional(),
  Tags: tags.optional(),
});
const listInput = z.object({
  CertificateStatuses: z.array(z.string()).default([]),
  MaxItems: z.int().min(1).max(1000).default(100),
  NextToken: z.string().optional(),
});

/** A request with the same token within an hour is the same. */
const TOKEN_MS = 60 * 60 * 1000;
/** Renewed when it is valid for less; AWS does so 45 days before. */
const RENEW_MS = 45 * 24 * 60 * 60 * 1000;

export interface AcmOptions {
  /** Whether DNS answers this CNAME: what a validation looks for. */
  readonly hasRecord: (name: string, value: string) => boolean;
  /** Whether DNS of this name is somewhere that is not simulated: then its record is taken for made after `foreignMs`. */
  readonly isForeign: (name: string) => boolean;
  /** Whether a listener presents it: then it cannot be deleted. */
  readonly isUsed: (arn: string) => boolean;
  /** 3000 if absent. */
  readonly foreignMs?: number;
}

/** Certificate Manager: certificates that are validated by DNS, signed by an authority of this data directory. */
export interface Acm extends LocalPart {
  /** Made when it is asked for first. What signs takes longer to load than all else that has to do with certificates. */
  authority(): Promise<Authority>;
  /** What a listener presents; see `FindCertificate`. */
  find(arn: string): IssuedCertificate | null | undefined;
}

export async function createAcm(context: LocalContext, options: AcmOptions): Promise<Acm> {
  const { account, region, clock, randomHex } = context;
  const certificates = context.state.collection("acm.certificates", certificateSchema, {
    token: ({ token }) => token ?? "",
  });
  const encryption = openEncryption(context.dataDir);
  let opened: Authority | null = null;
  let opening: Promise<Authority> | null = null;
  const authority = (): Promise<Authority> => {
    opening ??= import("./authority.ts").then(async ({ openAuthority }) => {
      opened = await openAuthority(context.dataDir, randomHex);
      return opened;
    });
    return opening;
  };
  // Listeners present what is there right away.
  if (certificates.all().length > 0) await authority();
  const presented = new Map<string, { readonly of: Certificate; readonly certificate: IssuedCertificate }>();

  const stored = (arn: string): Certificate => {
    const found = certificates.get(arn);
    if (found !== undefined) return found;
    throw new AwsError("ResourceNotFoundException", `Could not find certificate ${arn}.`);
  };

  const sign = async (certificate: Certificate): Promise<Certificate> => {
    const { key, ...signed } = await (await authority()).issue(certificate.names, clock.now());
    const issued = { ...certificate, state: "ISSUED" as const, ...signed, issuedAt: clock.now() };
    const kept = { ...issued, key: encryption.encrypt(`acm:${certificate.arn}`, key) };
    // Deleted while it was signed.
    if (certificates.get(certificate.arn) !== undefined) certificates.put(certificate.arn, kept);
    return kept;
  };

  /** As it is by now: validation is looked at whenever somebody asks. */
  const current = async (arn: string): Promise<Certificate> => {
    const certificate = stored(arn);
    const next = judge(certificate, { now: clock.now(), ...options });
    if (next === "issue" || (next === "keep" && isAging(certificate))) return sign(certificate);
    if (next === "keep") return certificate;
    certificates.put(arn, next);
    return next;
  };
  const isAging = ({ state, notAfter }: Certificate): boolean =>
    state === "ISSUED" && (notAfter ?? 0) - clock.now() < RENEW_MS;

  const request = (names: readonly string[], token: string | undefined, given: Certificate["tags"]): Certificate => {
    const same = token === undefined ? [] : certificates.where("token", token);
    const earlier = same.find((one) => one.names.join() === names.join() && clock.now() - one.requestedAt < TOKEN_MS);
    if (earlier !== undefined) return earlier;
    const arn = `arn:aws:acm:${region}:${account}:certificate/${uuid(randomHex)}`;
    const made: Certificate = {
      arn,
      names: [...names],
      token: token ?? null,
      state: "PENDING_VALIDATION",
      reason: null,
      requestedAt: clock.now(),
      issuedAt: null,
      secrets: Object.fromEntries(names.map((name) => [name, { name: randomHex(32), value: randomHex(32) }])),
      tags: given,
      certificate: null,
      key: null,
      serial: null,
      notBefore: null,
      notAfter: null,
    };
    certificates.put(arn, made);
    return made;
  };

  const { isUsed } = options;
  const operations = operationsWith({ certificates, current, stored, request, isUsed, context });

  const find = (arn: string): IssuedCertificate | null | undefined => {
    const certificate = certificates.get(arn);
    if (certificate === undefined) return undefined;
    if (certificate.state !== "ISSUED" || certificate.certificate === null || certificate.key === null) return null;
    const known = presented.get(arn);
    if (known?.of.serial === certificate.serial) return known.certificate;
    if (opened === null) return null;
    const shown = {
      names: certificate.names,
      chain: `${certificate.certificate.trim()}\n${opened.certificate.trim()}\n`,
      key: encryption.decrypt(`acm:${arn}`, certificate.key),
    };
    presented.set(arn, { of: certificate, certificate: shown });
    return shown;
  };

  return {
    services: [{ kind: "json", scope: "acm", dialect: "application/x-amz-json-1.1", operations }],
    providers: [certificateProvider({ context, request, sign, all: () => certificates.all() })],
    authority,
    find,
    start: async () => {
      for (const { arn } of certificates.all()) await current(arn);
    },
    close: async () => undefined,
  };
}

interface OperationsDeps {
  readonly context: LocalContext;
  readonly certificates: {
    all(): readonly Certificate[];
    delete(arn: string): void;
    put(arn: string, one: Certificate): void;
  };
  readonly current: (arn: string) => Promise<Certificate>;
  readonly stored: (arn: string) => Certificate;
  readonly request: (names: readonly string[], token: string | undefined, given: Certificate["tags"]) => Certificate;
  readonly isUsed: AcmOptions["isUsed"];
}

const tagsOf = (given: z.infer<typeof tags> = []): Certificate["tags"] =>
  Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]));

function operationsWith({ context, certificates, current, stored, request, isUsed }: OperationsDeps) {
  const { account, region } = context;
  const onOne =
    (action: string) =>
    (input: { readonly CertificateArn: string }): Permission[] => {
      const resourceTags = Object.entries(
        certificates.all().find(({ arn }) => arn === input.CertificateArn)?.tags ?? {},
      ).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
      return [{ action: `acm:${action}`, resource: input.CertificateArn, context: Object.fromEntries(resourceTags) }];
    };
  const table: Readonly<Record<string, Operation>> = {
    RequestCertificate: operation(requestInput, {
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
      permissions: ({ DomainName, SubjectAlternativeNames, ValidationMethod, Tags }) => {
        const requested = Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
        const keys = (Tags ?? []).map(({ Key }) => Key);
        const tagged = { ...requested, ...(keys.length === 0 ? {} : { "aws:TagKeys": keys }) };
        const resource = `arn:aws:acm:${region}:${account}:certificate/*`;
        const about = {
          "acm:DomainNames": [DomainName, ...SubjectAlternativeNames],
          "acm:ValidationMethod": ValidationMethod,
        };
        const asked = { action: "acm:RequestCertificate", resource: "*", context: { ...tagged, ...about } };
        if (keys.length === 0) return [asked];
        return [asked, { action: "acm:AddTagsToCertificate", resource, context: tagged }];
      },
      run: ({ DomainName, SubjectAlternativeNames, ValidationMethod, IdempotencyToken, Tags }) => {
        if (ValidationMethod !== "DNS")
          throw new AwsError("ValidationException", "The local mode validates certificates by DNS only.");
        const names = [...new Set([DomainName, ...SubjectAlternativeNames].map((name) => name.toLowerCase()))];
        return { CertificateArn: request(names, IdempotencyToken, tagsOf(Tags)).arn };
      },
    }),
    DescribeCertificate: operation(arnInput, {
      permissions: onOne("DescribeCertificate"),
      run: async ({ CertificateArn }) => ({ Certificate: describe(await current(CertificateArn)) }),
    }),
    DeleteCertificate: operation(arnInput, {
      permissions: onOne("DeleteCertificate"),
      run: ({ CertificateArn }) => {
        stored(CertificateArn);
        if (isUsed(CertificateArn))
          throw new AwsError("ResourceInUseException", `Certificate ${CertificateArn} is in use.`);
        certificates.delete(CertificateArn);
        return {};
      },
    }),
    ListCertificates: operation(listInput, {
      permissions: () => [{ action: "acm:ListCertificates", resource: "*" }],
      run: ({ CertificateStatuses, MaxItems, NextToken = "" }) => {
        const all = certificates
          .all()
          .filter(
            ({ arn, state }) =>
              arn > NextToken && (CertificateStatuses.length === 0 || CertificateStatuses.includes(state)),
          )
          .toSorted((one, other) => (one.arn < other.arn ? -1 : 1));
        const shown = all.slice(0, MaxItems);
        const next = all.length > shown.length ? { NextToken: shown.at(-1)?.arn } : {};
        return {
          CertificateSummaryList: shown.map(({ arn, names, state }) => ({
            CertificateArn: arn,
            DomainName: names[0],
            Status: state,
          })),
          ...next,
        };
      },
    }),
    ListTagsForCertificate: operation(arnInput, {
      permissions: onOne("ListTagsForCertificate"),
      run: ({ CertificateArn }) => ({
        Tags: Object.entries(stored(CertificateArn).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    }),
    AddTagsToCertificate: operation(arnInput.extend({ Tags: tags }), {
      permissions: (input) => onOne("AddTagsToCertificate")(input),
      run: ({ CertificateArn, Tags }) => {
        const certificate = stored(CertificateArn);
        certificates.put(CertificateArn, { ...certificate, tags: { ...certificate.tags, ...tagsOf(Tags) } });
        return {};
      },
    }),
  };
  return table;
}

const seconds = (ms: number | null): number | undefined => (ms === null ? undefined : Math.floor(ms / 1000));

function describe(certificate: Certificate): Readonly<Record<string, unknown>> {
  const { arn, names, state, reason, requestedAt, issuedAt, notBefore, notAfter, serial } = certificate;
  const validated = state === "ISSUED" ? "SUCCESS" : state === "FAILED" ? "FAILED" : "PENDING_VALIDATION";
  return {
    CertificateArn: arn,
    DomainName: names[0],
    SubjectAlternativeNames: names,
    DomainValidationOptions: names.map((DomainName) => ({
      DomainName,
      ValidationDomain: DomainName,
      ValidationMethod: "DNS",
      ValidationStatus: validated,
      ResourceRecord: { ...validationRecord(certificate, DomainName), Type: "CNAME" },
    })),
    Status: state,
    FailureReason: reason ?? undefined,
    Type: "AMAZON_ISSUED",
    CreatedAt: seconds(requestedAt),
    IssuedAt: seconds(issuedAt),
    NotBefore: seconds(notBefore),
    NotAfter: seconds(notAfter),
    Serial: serial?.replace(/(..)(?!$)/g, "$1:"),
    RenewalEligibility: "ELIGIBLE",
    KeyAlgorithm: "EC_prime256v1",
    InUseBy: [],
  };
}

const certificateProperties = z.looseObject({
  DomainName: domainName,
  SubjectAlternativeNames: z.array(domainName).default([]),
  ValidationMethod: z.literal("DNS"),
});

/** A certificate of the template; CloudFormation waits until it is issued, having made the records that prove it. */
function certificateProvider(deps: {
  readonly context: LocalContext;
  readonly request: OperationsDeps["request"];
  readonly sign: (certificate: Certificate) => Promise<Certificate>;
  readonly all: () => readonly Certificate[];
}): ResourceProvider {
  return {
    type: "AWS::CertificateManager::Certificate",
    ensure: async ({ logicalId, properties }) => {
      const { DomainName, SubjectAlternativeNames } = certificateProperties.parse(properties);
      const names = [...new Set([DomainName, ...SubjectAlternativeNames])];
      const tag = { "aws:cloudformation:logical-id": logicalId };
      const own = deps
        .all()
        .find((one) => one.tags["aws:cloudformation:logical-id"] === logicalId && one.names.join() === names.join());
      const certificate = own ?? deps.request(names, undefined, tag);
      const issued = certificate.state === "ISSUED" ? certificate : await deps.sign(certificate);
      return { ref: issued.arn };
    },
  };
}
