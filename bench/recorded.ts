import { readFileSync } from "node:fs";

/** A call to AWS as a recording has it. */
export interface RecordedCall {
  /** When it was answered, in epoch milliseconds. */
  readonly at: number;
  /** From when its body was there until it was answered. */
  readonly milliseconds: number;
  readonly service: string;
  /** `null`: the service has methods and paths only. */
  readonly operation: string | null;
  readonly caller: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what was on the wire, by the shapes of DynamoDB.
  readonly request: any;
  /** Absent: it was refused. */
  readonly answer?: unknown;
}

/** The calls of a recording so far. */
export function recordedCalls(path: string): RecordedCall[] {
  const whole = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return whole.map((line) => {
    const { at, ...call } = JSON.parse(line);
    return { ...call, at: Date.parse(at) };
  });
}

interface StateWrite {
  readonly at: number;
  // biome-ignore lint/suspicious/noExplicitAny: an item by the shapes of DynamoDB.
  readonly item: any;
}

interface Put {
  // biome-ignore lint/suspicious/noExplicitAny: an item by the shapes of DynamoDB.
  readonly Item?: any;
}

/** The puts of versions of deployments' rows that a call is made of; the first version comes in a transaction. */
export function statePuts({ operation, status, request }: RecordedCall): readonly Put[] {
  if (status !== 200) return [];
  const written: readonly { readonly Put?: Put }[] = request?.TransactItems ?? [];
  const puts: readonly Put[] = operation === "PutItem" ? [request] : written.flatMap(({ Put }) => Put ?? []);
  return puts.filter(({ Item }) => Item?.item?.S === "state");
}

/** The versions of a deployment's row in the order in which they were written. */
function stateWrites(calls: readonly RecordedCall[], deploymentId: number): StateWrite[] {
  return calls.flatMap((call) =>
    statePuts(call).flatMap(({ Item: { deployment_id, item: _, listed, ...rest } }) =>
      Number(deployment_id?.N) === deploymentId ? [{ at: call.at, item: { ...listed?.M, ...rest } }] : [],
    ),
  );
}

function firstOf<K>(writes: readonly (readonly [K, number])[]): ReadonlyMap<K, number> {
  return new Map(writes.toReversed());
}

/** When each version of a deployment's status was written, in epoch milliseconds. */
export const statusWrites = (calls: readonly RecordedCall[], deploymentId: number): ReadonlyMap<number, number> =>
  firstOf(stateWrites(calls, deploymentId).map(({ at, item }) => [Number(item.status_version?.N), at]));

/** When each stage was written, and each progress within one as `building 55`, in epoch milliseconds. */
export const stageWrites = (calls: readonly RecordedCall[], deploymentId: number): ReadonlyMap<string, number> =>
  firstOf(
    stateWrites(calls, deploymentId).flatMap(({ at, item: { stage, progress } }): [string, number][] => [
      [stage.S, at],
      [`${stage.S} ${progress?.N}`, at],
    ]),
  );
