import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import type { LocalContext } from "@slipway/local-aws/kernel/part";
import type { Permission } from "@slipway/local-aws/kernel/service";
import { openState } from "@slipway/local-aws/kernel/state";
import { createFauxqs, type FauxqsOptions } from "@slipway/local-aws/services/s3-and-sqs/index";

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), "slipway-fauxqs-"));

/** SQS and S3 behind the real endpoint. Actions in `denied` are refused; `asked` collects what IAM was asked. */
export async function startFauxqs(dataDir: string, options: FauxqsOptions = { duplicateOneIn: 0 }) {
  const denied = new Set<string>();
  const asked: string[] = [];
  const authorize = (permissions: readonly Permission[]): string | undefined => {
    asked.push(...permissions.map(({ action, resource }) => `${action} ${resource}`));
    return permissions.some(({ action }) => denied.has(action)) ? "You are not authorized." : undefined;
  };
  const randomHex = (n: number): string => randomBytes(n).toString("hex").slice(0, n);
  const log = (): void => undefined;
  const endpoint = await startEndpoint({
    identify: (name) => ({ name, roleArn: null }),
    secretOf: () => "test",
    authorize,
    log,
    randomHex,
  });
  const state = openState(dataDir);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const context: LocalContext = {
    account: "123456789012",
    region: "eu-west-1",
    dataDir,
    clock: systemClock,
    randomHex,
    state,
    log,
    awsEndpoint: endpoint.url,
    publicUrl: "http://localhost",
    credentialsFor: () => credentials,
    serviceCredentials: () => credentials,
    emit: () => undefined,
  };
  const part = await createFauxqs(context, options);
  for (const service of part.services) endpoint.register(service);
  const ensure = async (type: string, physicalName: string, properties: Record<string, unknown> = {}) => {
    const provider = part.providers.find((it) => it.type === type);
    if (provider === undefined) throw new Error(`No provider of ${type}`);
    const { ref, attributes } = await provider.ensure({ logicalId: "It", type, physicalName, properties });
    return { ref, arn: attributes?.Arn ?? "", attributes };
  };
  await part.start?.();
  const configuration = { endpoint: endpoint.url, region: "eu-west-1", credentials, maxAttempts: 1 };
  const sqs = new SQSClient(configuration);
  const s3 = new S3Client(configuration);
  return {
    denied,
    asked,
    sqs,
    s3,
    endpoint: endpoint.url,
    queue: (name: string, properties: Record<string, unknown> = {}) => ensure("AWS::SQS::Queue", name, properties),
    bucket: (name: string, properties: Record<string, unknown> = {}) => ensure("AWS::S3::Bucket", name, properties),
    close: async () => {
      sqs.destroy();
      s3.destroy();
      await endpoint.close();
      await part.close();
      state.close();
    },
  };
}

export type RunningFauxqs = Awaited<ReturnType<typeof startFauxqs>>;
