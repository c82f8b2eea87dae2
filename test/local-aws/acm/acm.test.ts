import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as acm from "@aws-sdk/client-acm";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Acm, createAcm } from "@slipway/local-aws/services/acm/acm";
import { manualClock } from "../support/clocks.ts";
import { temporaryDirectory } from "../support/files.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

const clock = manualClock();
const home = temporaryDirectory();
let aws: LocalAws;
let part: Acm;
let client: acm.ACMClient;
/** CNAMEs that DNS answers. */
let records: Map<string, string>;
let used: string[];

async function boot(): Promise<void> {
  aws = await startLocalAws({ dataDir: home.path, clock });
  part = aws.add(
    await createAcm(aws.context, {
      hasRecord: (name, value) => records.get(name) === value,
      isForeign: (name) => !name.endsWith(".ours.example."),
      isUsed: (arn) => used.includes(arn),
    }),
  );
  await aws.start();
  client = new acm.ACMClient({ ...aws.client(), maxAttempts: 1 });
}

async function halt(): Promise<void> {
  client.destroy();
  await aws.close();
}

beforeEach(async () => {
  records = new Map();
  used = [];
  await boot();
});
afterEach(halt);

const request = async (DomainName: string, more: Partial<acm.RequestCertificateCommandInput> = {}): Promise<string> => {
  const asked = { DomainName, ValidationMethod: "DNS", ...more } as const;
  return (await client.send(new acm.RequestCertificateCommand(asked))).CertificateArn ?? "";
};
const see = async (CertificateArn: string): Promise<acm.CertificateDetail> => {
  const { Certificate } = await client.send(new acm.DescribeCertificateCommand({ CertificateArn }));
  return Certificate ?? {};
};

test("a certificate is pending until DNS has its record, and issued by the authority then", async () => {
  const arn = await request("*.ours.example");
  const pending = await see(arn);
  expect(pending).toMatchObject({ Status: "PENDING_VALIDATION", DomainName: "*.ours.example" });
  expect(part.find(arn)).toBeNull();
  const record = pending.DomainValidationOptions?.[0]?.ResourceRecord;
  expect(record?.Name).toMatch(/^_[0-9a-f]{32}\.ours\.example\.$/);
  records.set(record?.Name ?? "", record?.Value ?? "");
  expect(await see(arn)).toMatchObject({ Status: "ISSUED", Type: "AMAZON_ISSUED" });
  const issued = new X509Certificate(part.find(arn)?.chain ?? "");
  const authority = new X509Certificate((await part.authority()).certificate);
  expect(issued.verify(authority.publicKey)).toBe(true);
  expect(issued.checkHost("shop.ours.example")).toBe("*.ours.example");
  expect(issued.ca).toBe(false);
  expect(authority.ca).toBe(true);
});

test("what DNS elsewhere answers is taken to be there a moment later, refused below .invalid, never there below .test", async () => {
  const [shop, bad, never] = [await request("shop.example.com"), await request("a.invalid"), await request("a.test")];
  expect(await see(shop)).toMatchObject({ Status: "PENDING_VALIDATION" });
  clock.advance(3000);
  expect(await see(shop)).toMatchObject({ Status: "ISSUED" });
  expect(await see(bad)).toMatchObject({ Status: "FAILED", FailureReason: "DOMAIN_NOT_ALLOWED" });
  clock.advance(72 * 3_600_000);
  expect(await see(never)).toMatchObject({ Status: "VALIDATION_TIMED_OUT" });
});

test("the key of the authority is its owner's alone, and both are there after a restart, and the certificates too", async () => {
  const { certificate, file } = await part.authority();
  expect(statSync(join(home.path, "acm/ca-key.pem")).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toBe(certificate);
  const arn = await request("again.example.com");
  clock.advance(3000);
  await see(arn);
  const chain = part.find(arn)?.chain;
  await halt();
  await boot();
  expect((await part.authority()).certificate).toBe(certificate);
  expect(part.find(arn)?.chain).toBe(chain);
});

test("a certificate is renewed before it expires", async () => {
  const arn = await request("renewed.example.com");
  clock.advance(3000);
  const { Serial } = await see(arn);
  clock.advance(360 * 24 * 3_600_000);
  expect((await see(arn)).Serial).not.toBe(Serial);
});

test("the same request with the same token is the same certificate", async () => {
  const first = await request("token.example.com", { IdempotencyToken: "t1" });
  expect(await request("token.example.com", { IdempotencyToken: "t1" })).toBe(first);
  expect(await request("token.example.com", { IdempotencyToken: "t2" })).not.toBe(first);
});

test("certificates are listed in pages, with their tags, until they are deleted", async () => {
  const Tags = [{ Key: "owner", Value: "me" }];
  const arns = [await request("one.example.com", { Tags }), await request("two.example.com")];
  const { Tags: tags } = await client.send(new acm.ListTagsForCertificateCommand({ CertificateArn: arns[0] }));
  expect(tags).toEqual(Tags);
  const listed: string[] = [];
  for await (const page of acm.paginateListCertificates({ client, pageSize: 1 }, {}))
    listed.push(...(page.CertificateSummaryList ?? []).flatMap(({ CertificateArn }) => CertificateArn ?? []));
  expect(listed).toEqual(expect.arrayContaining(arns));
  used = [arns[0] ?? ""];
  const remove = (CertificateArn: string | undefined) =>
    client.send(new acm.DeleteCertificateCommand({ CertificateArn }));
  await expect(remove(arns[0])).rejects.toThrow(acm.ResourceInUseException);
  await remove(arns[1]);
  await expect(see(arns[1] ?? "")).rejects.toThrow(acm.ResourceNotFoundException);
});

test("requests are refused that ACM refuses, and those that IAM denies", async () => {
  await expect(request("not a host")).rejects.toMatchObject({ name: "ValidationException" });
  await expect(request("one-label")).rejects.toMatchObject({ name: "ValidationException" });
  aws.deny(({ action }) => action === "acm:RequestCertificate");
  await expect(request("denied.example.com")).rejects.toMatchObject({ name: "AccessDeniedException" });
});

test("a certificate of a template is issued at once, and the same at the next start", async () => {
  const properties = { DomainName: "*.apps.ours.example", ValidationMethod: "DNS" };
  const { ref } = await aws.ensure("AWS::CertificateManager::Certificate", "Wildcard", properties);
  expect(part.find(ref)?.names).toEqual(["*.apps.ours.example"]);
  expect((await aws.ensure("AWS::CertificateManager::Certificate", "Wildcard", properties)).ref).toBe(ref);
});
