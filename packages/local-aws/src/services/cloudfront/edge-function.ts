import { type Context, createContext, Script } from "node:vm";
import * as z from "zod";

/** CloudFront allows less than a millisecond of computing; this ends only what would never end. */
const TIME_LIMIT_MS = 5_000;
/**
 * Runs of a function that are limited. Node.js starts a thread for each, which takes a hundred times as long as the run, so
 * what has ended that often is trusted to end.
 */
const LIMITED_RUNS = 100;
/** How often a function is run again that was ended on the clock but had not computed that long. */
const ATTEMPTS = 5;

const Value = z.object({
  value: z.string(),
  multiValue: z.array(z.object({ value: z.string() })).optional(),
});
const Values = z.record(z.string(), Value);
const Cookies = z.record(z.string(), Value.extend({ attributes: z.string().optional() }));

export const EdgeRequest = z.object({
  method: z.string(),
  uri: z.string().startsWith("/"),
  querystring: Values.default({}),
  headers: Values.default({}),
  cookies: Cookies.default({}),
});
export const EdgeResponse = z.object({
  statusCode: z.number().int().min(200).max(599),
  statusDescription: z.string().optional(),
  headers: Values.default({}),
  cookies: Cookies.default({}),
  body: z
    .union([z.string(), z.object({ encoding: z.enum(["text", "base64"]).default("text"), data: z.string() })])
    .optional(),
});
/** What the function asked for instead of the behaviour's origin. */
const ChosenOrigin = z.object({ id: z.string().optional() });

export type EdgeValue = z.infer<typeof Value>;
export type EdgeRequest = z.infer<typeof EdgeRequest>;
export type EdgeResponse = z.infer<typeof EdgeResponse>;

const Outcome = z.object({
  result: z.unknown(),
  error: z.string().nullable(),
  origin: ChosenOrigin,
  lines: z.array(z.string()),
});

export interface EdgeOutcome {
  readonly result: unknown;
  /** The origin that `cf.selectRequestOriginById` named. */
  readonly originId: string | undefined;
  /** What it wrote with `console.log`. */
  readonly lines: readonly string[];
}

/** A CloudFront Function. Throws when it throws, takes too long or cannot be read. */
export type EdgeFunction = (event: unknown) => EdgeOutcome;

/**
 * Everything that crosses the border is JSON, so that the function holds nothing of the host. What it declares lives in a
 * scope of its own, so that no invocation finds what another left, though a context serves many: making one costs a
 * millisecond of the thread that everybody waits for.
 */
const PROLOGUE = `(() => {
  const __outcome = { result: null, error: null, origin: {}, lines: [] };
  const __say = (...values) => __outcome.lines.push(values.map((value) => typeof value === "string" ? value : JSON.stringify(value)).join(" "));
  const console = { log: __say, error: __say };
  const cf = { selectRequestOriginById: (id) => { __outcome.origin = { id }; } };
`;
const EPILOGUE = `
  (async () => handler(JSON.parse(__event)))().then(
    (result) => { __outcome.result = result; },
    (error) => { __outcome.error = String(error); },
  );
  globalThis.__read = () => JSON.stringify(__outcome);
})()`;
const READ = new Script("__read()");

/** From within: what a context's own code put there is not the host's to delete. */
const FORGET = new Script(`(() => {
  const { deleteProperty, ownKeys } = Reflect;
  const own = new Set(ownKeys(globalThis));
  const global = globalThis;
  return () => { for (const name of ownKeys(global)) if (!own.has(name)) deleteProperty(global, name); };
})()`);

/** Where a function runs, its globals as the host sees them. */
interface Realm {
  readonly globals: Record<string, unknown>;
  readonly context: Context;
  /** Takes away what a function did to its globals, so that the next invocation does not find it. */
  readonly forget: () => void;
}

function newRealm(): Realm {
  // Without a prototype: an object's own would lead back to the host.
  const globals = Object.create(null);
  const options = { microtaskMode: "afterEvaluate", codeGeneration: { strings: false, wasm: false } } as const;
  const context = createContext(globals, options);
  return { globals, context, forget: FORGET.runInContext(context) };
}

const isTimeout = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** Runs the script once, and answers the function's outcome as JSON. */
function runOnce(script: Script, realm: Realm, event: string, isLimited: boolean): string {
  realm.globals.__event = event;
  script.runInContext(realm.context, isLimited ? { timeout: TIME_LIMIT_MS } : {});
  // The promise is settled: the context's jobs run at the end of an evaluation.
  const outcome = String(READ.runInContext(realm.context));
  realm.forget();
  return outcome;
}

/**
 * Runs the function to its end; each run that is ended is the last in its realm. The limit is on the wall clock, which runs on
 * while the process is stopped, the machine asleep or its processors busy: a function that used less processor time is run
 * again, as it has no effects.
 */
function openRunner(script: Script): (event: string) => string {
  let realm = newRealm();
  let ended = 0;
  return (event) => {
    for (let attempt = 1; ; attempt++) {
      const before = process.threadCpuUsage();
      try {
        const outcome = runOnce(script, realm, event, ended < LIMITED_RUNS);
        ended += 1;
        return outcome;
      } catch (error) {
        realm = newRealm();
        const { user, system } = process.threadCpuUsage(before);
        if (!isTimeout(error) || attempt >= ATTEMPTS || (user + system) / 1000 >= TIME_LIMIT_MS / 2) throw error;
      }
    }
  };
}

/** Compiles `cloudfront-js-1.0` and `-2.0` code. Throws for code that is no JavaScript. */
export function compileEdgeFunction(name: string, code: string): EdgeFunction {
  // A module's import in a script: the only module there is stands in the prologue.
  const plain = code.replace(/^\s*import\s+cf\s+from\s+["']cloudfront["'];?/m, "");
  const run = openRunner(new Script(`${PROLOGUE}\n${plain}\n${EPILOGUE}`, { filename: `${name}.js` }));
  return (event) => {
    const { result, error, origin, lines } = Outcome.parse(JSON.parse(run(JSON.stringify(event))));
    if (error !== null) throw new Error(error);
    return { result, originId: origin.id, lines };
  };
}
