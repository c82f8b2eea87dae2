import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createFauxqs, type FauxqsOptions } from "@slipway/local-aws/services/s3-and-sqs/index";
import { temporaryDirectory } from "../support/files.ts";
import { resource, startLocalAws } from "../support/local-aws.ts";

export const newDataDir = (): string => temporaryDirectory().path;

/** SQS and S3 behind the real endpoint, with the clients that talk to them. */
export async function startFauxqs(dataDir: string, options: FauxqsOptions = { duplicateOneIn: 0 }) {
  const aws = await startLocalAws({ dataDir });
  const part = aws.add(await createFauxqs(aws.context, options));
  await aws.start();
  const configuration = { ...aws.client(), maxAttempts: 1 };
  const sqs = new SQSClient(configuration);
  const s3 = new S3Client(configuration);
  const ensure = async (type: string, name: string, properties: Record<string, unknown> = {}) => {
    const provider = part.providers.find((one) => one.type === type);
    if (provider === undefined) throw new Error(`No provider of ${type}`);
    const { ref, attributes } = await provider.ensure({ ...resource(type, name, properties), physicalName: name });
    return { ref, arn: attributes?.Arn ?? "", attributes };
  };
  return {
    asked: aws.asked,
    deny: (denied: string) => aws.deny(({ action }) => action === denied),
    sqs,
    s3,
    endpoint: aws.context.awsEndpoint,
    queue: (name: string, properties: Record<string, unknown> = {}) => ensure("AWS::SQS::Queue", name, properties),
    bucket: (name: string, properties: Record<string, unknown> = {}) => ensure("AWS::S3::Bucket", name, properties),
    close: async () => {
      sqs.destroy();
      s3.destroy();
      await aws.close();
    },
  };
}

export type RunningFauxqs = Awaited<ReturnType<typeof startFauxqs>>;
