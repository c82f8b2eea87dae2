import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bucketName } from "@slipway/local-aws/services/s3-and-sqs/providers";
import { newDataDir, type RunningFauxqs, startFauxqs } from "./start-fauxqs.ts";

const Bucket = "assets";
let dataDir: string;
let running: RunningFauxqs;
beforeEach(async () => {
  dataDir = newDataDir();
  running = await startFauxqs(dataDir);
  await running.bucket(Bucket);
});
afterEach(() => running.close());

const put = (Key: string, Body: string | Buffer) =>
  running.s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "text/plain", Metadata: { by: "us" } }));
const get = async (Key: string): Promise<Buffer> => {
  const { Body } = await running.s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe("objects", () => {
  test("are read back byte for byte, with their headers", async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, n) => (n * 7) % 256));
    await put("a folder/ä+b.bin", bytes);
    expect((await get("a folder/ä+b.bin")).equals(bytes)).toBe(true);
    const head = await running.s3.send(new HeadObjectCommand({ Bucket, Key: "a folder/ä+b.bin" }));
    expect(head).toMatchObject({ ContentLength: bytes.length, ContentType: "text/plain", Metadata: { by: "us" } });
  });

  test("are listed under their prefix, page by page", async () => {
    for (const key of ["a/1", "a/2", "b/1"]) await put(key, key);
    const first = await running.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a/", MaxKeys: 1 }));
    const ContinuationToken = first.NextContinuationToken;
    const second = await running.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a/", ContinuationToken }));
    const keys = [...(first.Contents ?? []), ...(second.Contents ?? [])].map(({ Key }) => Key);
    expect(keys).toEqual(["a/1", "a/2"]);
  });

  test("survive a restart", async () => {
    await put("kept", "content");
    await running.close();
    running = await startFauxqs(dataDir);
    await running.bucket(Bucket);
    expect((await get("kept")).toString()).toBe("content");
  });

  test("that are not there are NoSuchKey, or NotFound when only asked about", async () => {
    await expect(get("nothing")).rejects.toMatchObject({ name: "NoSuchKey" });
    const head = running.s3.send(new HeadObjectCommand({ Bucket, Key: "nothing" }));
    await expect(head).rejects.toMatchObject({ name: "NotFound" });
  });
});

describe("a call", () => {
  test("asks IAM for the object, or for the bucket when it lists", async () => {
    await put("a/b c", "x");
    await get("a/b c");
    await running.s3.send(new HeadObjectCommand({ Bucket, Key: "a/b c" }));
    await running.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(running.asked).toEqual([
      "worker s3:PutObject arn:aws:s3:::assets/a/b c",
      "worker s3:GetObject arn:aws:s3:::assets/a/b c",
      "worker s3:GetObject arn:aws:s3:::assets/a/b c",
      "worker s3:ListBucket arn:aws:s3:::assets",
    ]);
  });

  test("that IAM denies is AccessDenied, 403", async () => {
    running.deny("s3:GetObject");
    await expect(get("x")).rejects.toMatchObject({ name: "AccessDenied", $metadata: { httpStatusCode: 403 } });
  });

  test.each([
    ["DeleteObject", () => new DeleteObjectCommand({ Bucket, Key: "kept" })],
    ["the older ListObjects", () => new ListObjectsCommand({ Bucket })],
  ])("of %s, which is not there, is refused and does nothing", async (_name, command) => {
    await put("kept", "x");
    const send: (it: unknown) => Promise<unknown> = (it) => Reflect.apply(running.s3.send, running.s3, [it]);
    await expect(send(command())).rejects.toMatchObject({ name: "MethodNotAllowed" });
    expect((await get("kept")).toString()).toBe("x");
  });
});

describe("a bucket", () => {
  test("provides what templates ask of it", async () => {
    expect(await running.bucket("Assets-Of-The-Stack")).toMatchObject({
      ref: "assets-of-the-stack",
      attributes: {
        Arn: "arn:aws:s3:::assets-of-the-stack",
        RegionalDomainName: "assets-of-the-stack.s3.eu-west-1.amazonaws.com",
      },
    });
  });

  test("has a name that S3 takes, always the same, and different where the physical names differ at the end", () => {
    const long = `Slipway_${"Very".repeat(20)}`;
    expect(bucketName(`${long}A`)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
    expect(bucketName(`${long}A`)).toBe(bucketName(`${long}A`));
    expect(bucketName(`${long}A`)).not.toBe(bucketName(`${long}B`));
  });
});
