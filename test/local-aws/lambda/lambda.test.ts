import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { FunctionTimes } from "@slipway/local-aws/services/lambda/function";
import { createLambda } from "@slipway/local-aws/services/lambda/lambda";
import { writeBundle } from "../support/bundle.ts";
import { manualClock } from "../support/clocks.ts";
import { type LocalAws, type LocalAwsOptions, startLocalAws } from "../support/local-aws.ts";
import { waitFor } from "../support/wait.ts";

type Lambda = ReturnType<typeof createLambda>;

let aws: LocalAws;
let lambda: Lambda;

async function start(
  source: string,
  properties: Record<string, unknown> = {},
  options: LocalAwsOptions = {},
  times: Partial<FunctionTimes> = {},
): Promise<Lambda> {
  aws = await startLocalAws(options);
  const root = writeBundle(aws.dataDir, "fn", source);
  lambda = aws.add(
    createLambda(aws.context, {
      resolveCode: () => root,
      processors: 2,
      times: { throttleAfterMs: 50, ...times },
    }),
  );
  await aws.ensure("AWS::Lambda::Function", "Fn", {
    FunctionName: "fn",
    Code: { S3Bucket: "assets", S3Key: "abc.zip" },
    Handler: "index.handler",
    Runtime: "nodejs24.x",
    Role: "arn:aws:iam::123456789012:role/fn",
    MemorySize: 128,
    Timeout: 10,
    ...properties,
  });
  return lambda;
}

afterEach(() => aws.close());

/** Code of a handler: waits until there is such a file, if one is named. */
const heldSource = `
  import { existsSync } from "node:fs";
  const held = async (path) => {
    while (path !== undefined && !existsSync(path)) await new Promise((resume) => setTimeout(resume, 10));
  };`;

let gates = 0;

/** What {@link heldSource} waits for. */
function makeGate() {
  gates += 1;
  const path = join(aws.dataDir, `gate-${gates}`);
  return { path, open: () => writeFileSync(path, "") };
}

const coldStarts = (): unknown[] =>
  aws.logged.filter((log) => log.stream === "lambda").map((log) => log.entry.cold_start);

describe("what a handler is given", () => {
  test("the event, and a context that names the function and the time left", async () => {
    const { invoker } = await start(
      `export const handler = async (event, context) => ({ event, context, left: context.getRemainingTimeInMillis() });`,
    );
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:fn";
    const result = await invoker.invoke(arn, { a: 1 });
    expect(result).toMatchObject({
      ok: true,
      payload: {
        event: { a: 1 },
        context: {
          functionName: "fn",
          functionVersion: "$LATEST",
          invokedFunctionArn: arn,
          memoryLimitInMB: "128",
          logGroupName: "/aws/lambda/fn",
          awsRequestId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        },
        left: expect.any(Number),
      },
    });
  });

  test("its own environment, what Lambda sets, its role's credentials, and nothing of the host's", async () => {
    const { invoker } = await start(`export const handler = async () => ({ ...process.env });`, {
      Environment: { Variables: { TABLE: "apps" } },
    });
    const result = await invoker.invoke("fn", {});
    expect(result).toMatchObject({
      payload: {
        TABLE: "apps",
        AWS_REGION: "eu-west-1",
        AWS_LAMBDA_FUNCTION_NAME: "fn",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_ENDPOINT_URL: aws.context.awsEndpoint,
        POWERTOOLS_TRACE_ENABLED: "false",
        _HANDLER: "index.handler",
      },
    });
    const { AWS_ACCESS_KEY_ID: key = "" } = (result as { payload: Record<string, string> }).payload;
    expect(aws.callerOf(key)).toEqual({ name: "fn", roleArn: "arn:aws:iam::123456789012:role/fn" });
    expect(result).toHaveProperty("payload.AWS_SECRET_ACCESS_KEY", "secret");
    expect(result).not.toHaveProperty("payload.HOME");
    expect(result).not.toHaveProperty("payload.NODE_OPTIONS");
  });
});

describe("environments", () => {
  test("are kept warm between invocations and shut down when idle", async () => {
    const clock = manualClock();
    const { invoker } = await start(`let count = 0; export const handler = async () => ++count;`, {}, { clock });
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: 1 });
    clock.advance(59_000);
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: 2 });
    clock.advance(60_000);
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: 1 });
    expect(coldStarts()).toEqual([true, false, true]);
  });

  test("that a burst has left are shut down after a quarter of that time, and one stays", async () => {
    const clock = manualClock();
    const { invoker } = await start(
      `import { threadId } from "node:worker_threads";
       ${heldSource}
       export const handler = async ({ until }) => { console.log("begun"); await held(until); return threadId; };`,
      {},
      { clock },
      { throttleAfterMs: 60_000 },
    );
    const gate = makeGate();
    const slow = invoker.invoke("fn", { until: gate.path });
    await waitFor(() => aws.logged.some(({ stream }) => stream === "fn"), "the first one runs");
    clock.advance(5000);
    const quick = await invoker.invoke("fn", {});
    gate.open();
    expect(await slow).not.toEqual(quick);
    clock.advance(15_000);
    expect(await invoker.invoke("fn", {})).toEqual(quick);
    expect(coldStarts()).toEqual([true, true, false]);
  });

  test("offer what Lambda's do, and no collector of garbage", async () => {
    const { invoker } = await start(`export const handler = async () => typeof gc;`);
    setFlagsFromString("--expose-gc");
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: "undefined" });
  });

  test("run one invocation each, up to the reserved concurrency, and beyond that throttle", async () => {
    const { invoker } = await start(
      `let busy = 0; export const handler = async () => { busy++; await new Promise(r => setTimeout(r, 600)); return busy--; };`,
      { ReservedConcurrentExecutions: 2 },
    );
    const results = await Promise.all([1, 2, 3].map(() => invoker.invoke("fn", {})));
    expect(results).toEqual([
      { ok: true, payload: 1 },
      { ok: true, payload: 1 },
      { ok: false, errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." },
    ]);
  });

  test("a waiting invocation takes over the environment that becomes free", async () => {
    const { invoker } = await start(
      `let count = 0; export const handler = async () => ++count;`,
      { ReservedConcurrentExecutions: 1 },
      { clock: manualClock() },
    );
    const results = await Promise.all([1, 2, 3].map(() => invoker.invoke("fn", {})));
    expect(results).toEqual([1, 2, 3].map((payload) => ({ ok: true, payload })));
    expect(coldStarts()).toEqual([true, false, false]);
  });
});

describe("cold starts", () => {
  const patient = { throttleAfterMs: 60_000 };

  test("of a burst come one after the other, and most of it is served by the environments that are warm by then", async () => {
    const { invoker } = await start(
      `import { appendFileSync } from "node:fs";
       const file = process.env.STARTS;
       appendFileSync(file, "begin\\n");
       await new Promise((r) => setTimeout(r, 150));
       appendFileSync(file, "end\\n");
       export const handler = async () => 1;`,
      { Environment: { Variables: { STARTS: join(tmpdir(), `starts-${process.pid}`) } } },
      {},
      patient,
    );
    const results = await Promise.all(Array.from({ length: 60 }, () => invoker.invoke("fn", {})));
    expect(results.every(({ ok }) => ok)).toBe(true);
    const file = join(tmpdir(), `starts-${process.pid}`);
    const starts = readFileSync(file, "utf8").trim().split("\n");
    rmSync(file);
    expect(starts).toEqual(starts.map((_, index) => (index % 2 === 0 ? "begin" : "end")));
    expect(starts.length).toBeLessThan(20);
  });

  test("are not ended because other threads have the processor", async () => {
    const { invoker } = await start(
      // A thread that is blocked neither computes nor waits in its event loop, as one that gets no processor.
      `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500); export const handler = async () => "served";`,
      {},
      {},
      { initMs: 500, ...patient },
    );
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: "served" });
  });

  test.each([
    ["computes without end", "for (;;);"],
    ["waits without end", "await new Promise((r) => setTimeout(r, 600_000));"],
  ])("are ended when the bundle %s", async (_what, forEver) => {
    const { invoker } = await start(
      `${forEver} export const handler = async () => 1;`,
      {},
      {},
      {
        initMs: 500,
      },
    );
    expect(await invoker.invoke("fn", {})).toMatchObject({ ok: false, errorType: "Sandbox.Timedout" });
  });

  test("that fail fail one invocation each", async () => {
    const { invoker } = await start(`throw new Error("no such bundle");`, {}, {}, patient);
    const results = await Promise.all(Array.from({ length: 5 }, () => invoker.invoke("fn", {})));
    expect(results).toEqual(results.map(() => ({ ok: false, errorType: "Error", errorMessage: "no such bundle" })));
  });
});

describe("what nobody waits for", () => {
  test("lets what somebody waits for go first, and goes on with a few at a time", async () => {
    const { invoker, background } = await start(
      `${heldSource} export const handler = async ({ until }) => { await held(until); };`,
      { Timeout: 200 },
      {},
      { throttleAfterMs: 60_000 },
    );
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    const [answer, work] = [makeGate(), makeGate()];
    const answered = invoker.invoke("fn", { until: answer.path }).then(note("answered"));
    const worked = Array.from({ length: 6 }, (_, n) =>
      background.invoke("fn", n < 2 ? {} : { until: work.path }).then(note("worked")),
    );
    await waitFor(() => order.length === 2, "some work is done meanwhile");
    answer.open();
    await answered;
    expect(order).toEqual(["worked", "worked", "answered"]);
    work.open();
    await Promise.all(worked);
  });
});

describe("failures", () => {
  const source = `
    let count = 0;
    class OrderError extends Error { constructor(m) { super(m); this.name = "OrderError"; } }
    export const handler = async ({ how }) => {
      count++;
      if (how === "loop") for (;;);
      if (how === "heap") { const all = []; for (;;) all.push(new Array(1e5).fill({}).map(() => ({}))); }
      if (how === "exit") process.exit(7);
      if (how === "throw") throw new OrderError("no such order");
      if (how === "string") throw "plain";
      if (how === "reject") { Promise.reject(new Error("lost")); await new Promise(() => {}); }
      if (how === "late") setTimeout(() => { throw new Error("after the answer"); }, 5);
      if (how === "large") return "x".repeat(6_300_000);
      if (how === "nothing") return;
      return count;
    };`;
  const cases: [how: string, errorType: string, errorMessage: RegExp, replaced: boolean][] = [
    ["loop", "Sandbox.Timedout", /^Task timed out after 1\.00 seconds$/, true],
    ["heap", "Runtime.ExitError", /^Error: Runtime exited with error: signal: aborted$/, true],
    ["exit", "Runtime.ExitError", /^Error: Runtime exited with error: exit status 7$/, true],
    ["reject", "Runtime.UnhandledPromiseRejection", /^Error: lost$/, true],
    ["throw", "OrderError", /^no such order$/, false],
    ["string", "string", /^plain$/, false],
    ["large", "Function.ResponseSizeTooLarge", /exceeded maximum allowed payload size/, false],
  ];

  test.each(cases)("%s is answered as %s", async (how, errorType, errorMessage, replaced) => {
    const { invoker } = await start(source, { Timeout: how === "loop" ? 1 : 200 });
    const result = await invoker.invoke("fn", { how });
    expect(result).toEqual({ ok: false, errorType, errorMessage: expect.stringMatching(errorMessage) });
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: replaced ? 1 : 2 });
    expect(coldStarts()).toEqual([true, replaced]);
    expect(aws.logged).toContainEqual({
      stream: "fn",
      entry: expect.objectContaining({ level: "ERROR", errorType }),
    });
  });

  test("an error after the answer replaces the environment, is logged, and harms nothing else", async () => {
    const { invoker } = await start(source);
    expect(await invoker.invoke("fn", { how: "late" })).toEqual({ ok: true, payload: 1 });
    await waitFor(
      () => aws.logged.some((log) => log.entry.message === "after the answer"),
      "the late error in the log",
    );
    expect(await invoker.invoke("fn", {})).toEqual({ ok: true, payload: 1 });
  });

  test("a handler that returns nothing answers null", async () => {
    const { invoker } = await start(source);
    expect(await invoker.invoke("fn", { how: "nothing" })).toEqual({ ok: true, payload: null });
  });

  test.each([
    [`throw new TypeError("no configuration");`, "TypeError", "no configuration"],
    [`export const other = 1;`, "Runtime.HandlerNotFound", "index.handler is undefined or not exported"],
  ])("a bundle that cannot be loaded says why: %s", async (bundle, errorType, errorMessage) => {
    const { invoker } = await start(bundle);
    expect(await invoker.invoke("fn", {})).toEqual({ ok: false, errorType, errorMessage });
  });

  test("an unknown function is an answer too", async () => {
    const { invoker } = await start(source);
    expect(await invoker.invoke("other", {})).toMatchObject({ ok: false, errorType: "ResourceNotFoundException" });
  });
});

describe("log lines", () => {
  test("JSON lines keep their fields, other lines become messages, and each names its function", async () => {
    const { invoker } = await start(`export const handler = async () => {
      console.log(JSON.stringify({ level: "INFO", deployment_id: 123 }));
      console.error("two\\nlines");
      process.stdout.write("unfinished");
    };`);
    await invoker.invoke("fn", {});
    expect(aws.logged.filter((log) => log.stream === "fn").map((log) => log.entry)).toEqual([
      { level: "INFO", deployment_id: 123, function: "fn" },
      { message: "two", function: "fn" },
      { message: "lines", function: "fn" },
      { message: "unfinished", function: "fn" },
    ]);
  });

  test("what was written before a crash is not lost", async () => {
    const { invoker } = await start(
      `export const handler = async () => { console.log("last words"); process.exit(1); };`,
    );
    await invoker.invoke("fn", {});
    expect(aws.logged).toContainEqual({ stream: "fn", entry: { message: "last words", function: "fn" } });
  });
});

describe("response streaming", () => {
  test("the head comes first, then chunks as they are written, no faster than they are taken", async () => {
    const { invoker } = await start(`export const handler = awslambda.streamifyResponse(async (event, stream) => {
      const body = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "content-type": "text/plain" } });
      for (let n = 0; n < 20; n++) {
        if (!body.write(Buffer.alloc(100_000, 65 + n))) await new Promise((resolve) => body.once("drain", resolve));
        console.log("written " + n);
      }
      body.end();
    });`);
    const heads: unknown[] = [];
    const letters: number[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done = invoker.invokeStreaming(
      "fn",
      {},
      (head) => heads.push(head),
      async (chunk) => {
        letters.push(chunk[0] ?? 0);
        if (letters.length === 3) await held;
      },
    );
    await waitFor(() => letters.length === 3, "the third chunk");
    expect(aws.logged.filter((log) => log.stream === "fn").length).toBeLessThan(5);
    release();
    expect(await done).toEqual({ ok: true, payload: null });
    expect(heads).toEqual([{ statusCode: 201, headers: { "content-type": "text/plain" } }]);
    expect(letters).toEqual(Array.from({ length: 20 }, (_, n) => 65 + n));
  });

  test("a handler that does not stream is an invalid streaming response", async () => {
    const { invoker } = await start(`export const handler = async () => ({ statusCode: 200 });`);
    const result = await invoker.invokeStreaming(
      "fn",
      {},
      () => undefined,
      () => undefined,
    );
    expect(result).toMatchObject({ ok: false, errorType: "Runtime.InvalidStreamingResponse" });
  });
});
