import { join } from "node:path";
import { type AwsEndpoint, startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { openRecording, type Recording } from "@slipway/local-aws/endpoint/recording";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { collectGarbageWhenIdle } from "@slipway/local-aws/kernel/garbage";
import { openLogFiles } from "@slipway/local-aws/kernel/log-files";
import type { AwsEvent, LocalContext } from "@slipway/local-aws/kernel/part";
import { createRandomHex } from "@slipway/local-aws/kernel/random-hex";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import { openState } from "@slipway/local-aws/kernel/state";
import { guardAgainstFaults, watchStorage } from "@slipway/local-aws/kernel/storage";
import { createTaskCredentials, type TaskCredentials } from "@slipway/local-aws/services/ecs/task-credentials";
import { createIam, type Iam } from "@slipway/local-aws/services/iam/iam";
import type { Options } from "./options.ts";
import type { PublicFront } from "./public-front.ts";

const account = "000000000000";
const region = "us-east-1";

/** Things to be undone in the opposite order. */
export type Undo = (() => Promise<void> | void)[];

export interface Opened {
  readonly context: LocalContext & { deliver: ((event: AwsEvent) => void) | null };
  readonly iam: Iam;
  readonly credentials: TaskCredentials;
  readonly endpoint: AwsEndpoint;
}

export async function openContext(dataDir: string, front: PublicFront, options: Options, undo: Undo): Promise<Opened> {
  const randomHex = createRandomHex();
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  const storage = watchStorage({ dataDir, clock: systemClock, print });
  undo.push(() => storage.close(), guardAgainstFaults(storage, print));
  undo.push(collectGarbageWhenIdle(systemClock));
  const logs = openLogFiles(join(dataDir, "logs"), systemClock, storage);
  undo.push(() => logs.close());
  const state = openState(dataDir, storage);
  undo.push(() => state.close());
  const iam = createIam({ account, region, dataDir, randomHex, clock: systemClock });
  const recording = options.record === null ? null : record(options.record);
  undo.push(() => recording?.close());
  const credentials = createTaskCredentials({ account, region, clock: systemClock, randomHex }, iam);
  const endpoint = await startEndpoint({
    unsigned: credentials.answer,
    identify: iam.identify,
    secretOf: iam.secretOf,
    sessionTokenOf: iam.sessionTokenOf,
    authorize: iam.authorize,
    log: logs.write,
    storage,
    record: recording?.record,
    randomHex,
  });
  undo.push(() => endpoint.close());
  const shownHost = ["127.0.0.1", "::1", "0.0.0.0"].includes(options.host) ? "localhost" : options.host;
  const context: Opened["context"] = {
    account,
    region,
    dataDir,
    clock: systemClock,
    randomHex,
    state,
    log: logs.write,
    awsEndpoint: endpoint.url,
    publicUrl: `http://${shownHost}:${front.port}`,
    credentialsFor: iam.credentialsFor,
    credentialsOf: iam.credentialsOf,
    serviceCredentials: iam.serviceCredentials,
    deliver: null,
    emit(event) {
      if (context.deliver === null) throw new Error("An event came before there was a bus.");
      context.deliver(event);
    },
  };
  return { context, iam, credentials, endpoint };
}

function record(path: string): Recording {
  try {
    return openRecording(path, () => new Date());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`The recording cannot be written: ${why}. Name another file with --record.`, { cause });
  }
}
