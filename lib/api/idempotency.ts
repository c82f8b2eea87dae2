import type { ApiDeps, Call } from "./deps.ts";
import { ApiError } from "./errors.ts";

/** As other APIs accept them: printable ASCII, at most 255 characters. */
const keyPattern = /^[\x20-\x7e]{1,255}$/;
/** Resolving a commit takes 3 s at most; whoever has a key for longer without a row has died. */
const polling = { steps: 60, stepMs: 100, seconds: 10 };

/** What a request makes one of. */
export interface Made<Row> {
  readonly counter: "deployments" | "runs";
  readonly get: (id: number) => Promise<Row | null>;
}

export interface Reserved<Row> {
  readonly id: number;
  /** What an earlier request with the same key led to; `null`: the caller makes the row `id`. */
  readonly existing: Row | null;
}

/**
 * An id for a new row; with an idempotency key, that of the first request with this key. A key is one caller's on
 * one route for 24 hours. Throws 400 for a malformed key, 409 `idempotency_conflict` for the same key with another body.
 */
export async function reserveId<Row>(deps: ApiDeps, call: Call, made: Made<Row>): Promise<Reserved<Row>> {
  const key = keyOf(call);
  const fresh = await deps.counters.next(made.counter);
  if (key === null) return { id: fresh, existing: null };
  const fingerprint = deps.hash(JSON.stringify([call.id, canonical(call.body ?? null)]));
  const name = `idempotency#${deps.hash(JSON.stringify([call.principal.id, call.route, key]))}`;
  const nowSeconds = Math.floor(Date.parse(deps.now()) / 1000);
  const reserved = await deps.requests.reserve(name, { id: fresh, fingerprint }, nowSeconds);
  if (reserved.fingerprint !== fingerprint) throw new ApiError("idempotency_conflict");
  if (reserved.first) return { id: reserved.id, existing: null };
  const isRecent = nowSeconds - reserved.reserved_at < polling.seconds;
  return { id: reserved.id, existing: await rowOfFirst(deps, made, reserved.id, isRecent ? polling.steps : 0) };
}

/** Waits for the row of whoever reserved the id. `null`: they died between the key and the row, which anybody then writes. */
async function rowOfFirst<Row>({ pause }: ApiDeps, { get }: Made<Row>, id: number, steps: number): Promise<Row | null> {
  let row = await get(id);
  for (let step = 0; row === null && step < steps; step++) {
    await pause(polling.stepMs);
    row = await get(id);
  }
  return row;
}

function keyOf({ headers }: Call): string | null {
  const key = headers["idempotency-key"];
  if (key === undefined) return null;
  if (keyPattern.test(key)) return key;
  const details = [{ field: "Idempotency-Key", message: "must be 1 to 255 printable ASCII characters" }];
  throw new ApiError("invalid_request", { sentence: "The Idempotency-Key header is invalid.", details });
}

/** JSON whose objects have their fields in one order: the order in which a client writes them says nothing. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, entry]) => [name, canonical(entry)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
