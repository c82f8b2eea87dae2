import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeNotice } from "../../../lib/api/encode.ts";
import { endpointTypeSchema, type NotificationEndpoint } from "../../../lib/core/endpoint.ts";
import { claim } from "../../../lib/core/notice/delivery.ts";
import type { NoticeMessage } from "../../../lib/core/notice/message.ts";
import { notify } from "../../../lib/core/notices/deliver.ts";
import type { NoticesDeps } from "../../../lib/core/notices/sending/deps.ts";
import { type DeliveryOutcome, delayAfter, outcomeOfPost } from "../../../lib/core/notices/sending/outcome.ts";
import type { Posted } from "../../../lib/core/ports/notices.ts";
import { someApp, someSettings } from "../../support/deployments.ts";
import { memoryDeliveries, memoryEndpointAddresses, memoryEndpointHealths } from "../../support/memory-notices.ts";
import { memoryApps, simulatedClock } from "../../support/memory-stores.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { noGitHub } from "../github/some.ts";
import { someEndpoint, someNoticed, someNoticedRun } from "./some.ts";

const answered = (status: number, retryAfter: number | null = null): Posted => ({
  outcome: "answered",
  status,
  retryAfter,
});

interface Sent {
  readonly url: string;
  readonly delivery: string;
  readonly status: number;
  readonly at: number;
}

/** The notices' ports over memory, with a clock that jumps to the next message. `answer` plays the receivers. */
async function life(
  endpoints: readonly NotificationEndpoint[],
  answer: (url: string, attempt: number, delivery: string) => Posted,
) {
  const clock = simulatedClock();
  const apps = memoryApps();
  await apps.create(someApp({ settings: someSettings({ notifications: [...endpoints] }) }));
  const addresses = memoryEndpointAddresses();
  for (const { id } of endpoints) await addresses.put(1, id, { url: `https://${id}.example.com/` });
  const queue: { message: NoticeMessage; at: number }[] = [];
  const sent: Sent[] = [];
  const attempts = new Map<string, number>();
  const buckets = new Map<string, number>();
  const healths = memoryEndpointHealths();
  const deps: NoticesDeps = {
    apps,
    addresses,
    healths,
    deliveries: memoryDeliveries(),
    requests: {
      take: async (bucket, { perMinute }, nowMs) => {
        const free = buckets.get(bucket) ?? 0;
        if (free > nowMs) return { allowed: false, retryAfter: Math.ceil((free - nowMs) / 1000) };
        buckets.set(bucket, nowMs + 60_000 / perMinute);
        return { allowed: true };
      },
    },
    outbound: {
      post: async ({ url, headers }) => {
        const delivery = headers["X-Slipway-Delivery"] ?? "";
        const attempt = (attempts.get(delivery) ?? 0) + 1;
        attempts.set(delivery, attempt);
        const posted = answer(url, attempt, delivery);
        sent.push({ url, delivery, status: posted.outcome === "answered" ? posted.status : 0, at: clock.ms });
        return posted;
      },
    },
    mail: { send: async () => ({ outcome: "sent" }) },
    queue: { send: async (message, seconds = 0) => void queue.push({ message, at: clock.ms + seconds * 1000 }) },
    gitHub: noGitHub(),
    encode: encodeNotice,
    sign: (secret, text) => `${secret}:${text.length}`,
    publicUrl: "https://slipway.example.com",
    now: () => clock.now(),
    logger: silentLogger,
  };
  /** Whatever throws comes again after a while, as SQS does it. */
  const handle = async (message: NoticeMessage) => {
    await notify(deps, message).catch(() => queue.push({ message, at: clock.ms + 180_000 }));
  };
  /** A queue repeats now and then: each repeat of a message that waits for its turn waits for itself. */
  let repeats = 40;
  const timesOf = (copies: number) => {
    const times = Math.min(copies, 1 + repeats);
    repeats -= times - 1;
    return times;
  };
  /** Until the queue is empty. All messages that are due are handled at the same moment, of the first ones each `copies` times. */
  const run = async (copies: number) => {
    for (let round = 0; queue.length > 0 && round < 500; round++) {
      clock.ms = Math.max(clock.ms, Math.min(...queue.map(({ at }) => at)));
      const due = queue.filter(({ at }) => at <= clock.ms);
      queue.splice(0, queue.length, ...queue.filter(({ at }) => at > clock.ms));
      await Promise.all(due.flatMap(({ message }) => Array.from({ length: timesOf(copies) }, () => handle(message))));
    }
    expect(queue).toEqual([]);
  };
  return { deps, clock, queue, sent, healths, run };
}

const accepted = (sent: readonly Sent[]) =>
  sent
    .filter(({ status }) => status === 200)
    .map(({ delivery }) => delivery)
    .toSorted();

describe("a notice", () => {
  test("of a run that failed reaches those that asked for it, each once", async () => {
    const asked = [
      someEndpoint({ id: "a", events: ["run_failed"] }),
      someEndpoint({ id: "b" }),
      someEndpoint({ id: "c", events: ["failed", "run_failed"] }),
    ];
    const there = await life(asked, (_url, attempt) => answered(attempt === 1 ? 500 : 200));
    const message = { type: "run_failed", run: someNoticedRun() } as const;
    there.queue.push({ message, at: there.clock.ms }, { message, at: there.clock.ms });
    await there.run(3);
    expect(accepted(there.sent)).toEqual(["a-run-12", "c-run-12"]);
  });

  test("reaches each endpoint that asked for the stage exactly once, however events repeat, are re-ordered, and attempts fail", async () => {
    const stages = ["success", "failed", "awaiting_approval", "building"] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.integer({ min: 1, max: 3 }), stage: fc.constantFrom(...stages) }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 6 }),
        fc.constantFrom(...endpointTypeSchema.exclude(["email"]).options),
        async (events, copies, failures, type) => {
          const endpoints = [someEndpoint({ id: "a", type }), someEndpoint({ id: "b", type, events: ["failed"] })];
          const { queue, sent, run, clock } = await life(endpoints, (_url, attempt) =>
            answered(attempt <= failures ? 500 : 200),
          );
          for (const change of events)
            queue.push({ message: { type: "stage_changed", deployment: someNoticed(change) }, at: clock.ms });
          await run(copies);
          const expected = endpoints.flatMap((endpoint) =>
            events
              .filter(({ stage }) => endpoint.events.includes(stage))
              .map(({ id, stage }) => `${endpoint.id}-${id}-${stage}`),
          );
          expect(accepted(sent)).toEqual([...new Set(expected)].toSorted());
          expect(sent).toHaveLength(accepted(sent).length * (failures + 1));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("whose sender dies after the answer is sent again under the same name, and then no more", async () => {
    const { deps, queue, sent, run, clock } = await life([someEndpoint()], () => answered(200));
    const replace = deps.deliveries.replace;
    let deaths = 1;
    Object.assign(deps.deliveries, {
      replace: async (...args: Parameters<typeof replace>) => {
        if (args[0].settled !== null && deaths-- > 0) throw new Error("The sender died.");
        return replace(...args);
      },
    });
    queue.push({ message: { type: "stage_changed", deployment: someNoticed({ stage: "failed" }) }, at: clock.ms });
    await run(2);
    expect(accepted(sent)).toEqual(["a-7-failed", "a-7-failed"]);
  });

  test("is given up after eight attempts, and the endpoint is known to fail since the first", async () => {
    const { queue, sent, healths, run, clock } = await life([someEndpoint()], () => answered(503));
    const from = clock.now();
    queue.push({ message: { type: "stage_changed", deployment: someNoticed({ stage: "failed" }) }, at: clock.ms });
    await run(1);
    expect(sent).toHaveLength(8);
    const [health] = await healths.list(1);
    expect(health).toMatchObject({ failing_since: from, last_error: "It answered 503." });
    queue.push({ message: { type: "stage_changed", deployment: someNoticed({ stage: "failed" }) }, at: clock.ms });
    await run(1);
    expect(sent).toHaveLength(8);
  });

  test("does not go to an endpoint or an app that is gone", async () => {
    const { deps, queue, sent, run, clock } = await life([someEndpoint()], () => answered(200));
    queue.push({
      message: { type: "notice", endpoint_id: "gone", attempt: 1, deployment: someNoticed({ stage: "failed" }) },
      at: clock.ms,
    });
    queue.push({
      message: { type: "stage_changed", deployment: someNoticed({ stage: "failed", app_id: 99 }) },
      at: clock.ms,
    });
    await run(1);
    expect(sent).toEqual([]);
    expect(await deps.healths.list(1)).toEqual([]);
  });

  test("goes to one hook once a second, whichever endpoints lead there, and at once to another", async () => {
    const slack = { type: "slack", address_hash: "one-hook" } as const;
    const endpoints = [
      someEndpoint({ id: "a", ...slack }),
      someEndpoint({ id: "b", ...slack }),
      someEndpoint({ id: "c" }),
    ];
    const { queue, sent, run, clock } = await life(endpoints, () => answered(200));
    const from = clock.ms;
    for (const id of [1, 2])
      queue.push({ message: { type: "stage_changed", deployment: someNoticed({ id, stage: "failed" }) }, at: from });
    await run(1);
    const times = sent.filter(({ url }) => !url.includes("//c.")).map(({ at }) => (at - from) / 1000);
    expect(times).toEqual([0, 1, 2, 3]);
    expect(sent.filter(({ url }) => url.includes("//c.")).map(({ at }) => at - from)).toEqual([0, 0]);
  });

  test("leaves a hook in peace that asked for it, and comes when its time is over", async () => {
    const { queue, sent, healths, run, clock } = await life(
      [someEndpoint({ type: "slack" })],
      (_url, attempt, delivery) => (delivery === "a-1-failed" && attempt === 1 ? answered(429, 30) : answered(200)),
    );
    for (const id of [1, 2, 3])
      queue.push({
        message: { type: "stage_changed", deployment: someNoticed({ id, stage: "failed" }) },
        at: clock.ms,
      });
    await run(1);
    const [first, ...later] = sent;
    expect(first).toMatchObject({ status: 429 });
    expect(accepted(sent)).toEqual(["a-1-failed", "a-2-failed", "a-3-failed"]);
    for (const { at } of later) expect(at - (first?.at ?? 0)).toBeGreaterThanOrEqual(30_000);
    const gaps = later.slice(1).map(({ at }, index) => at - (later[index]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1000);
    expect((await healths.list(1))[0]).toMatchObject({ failing_since: null });
  });
});

describe("an attempt", () => {
  test.each<[Posted, DeliveryOutcome["outcome"]]>([
    [answered(200), "sent"],
    [answered(204), "sent"],
    [answered(301), "permanent"],
    [answered(404), "permanent"],
    [answered(408), "retryable"],
    [answered(429), "rate_limited"],
    [answered(500), "retryable"],
    [{ outcome: "refused", message: "No." }, "permanent"],
    [{ outcome: "unreachable", message: "Gone." }, "retryable"],
  ])("that came to %j is %s", (posted, expected) => {
    expect(outcomeOfPost(posted).outcome).toBe(expected);
  });

  test("is followed by another within what SQS holds back, as often as eight in all", () => {
    const seconds = fc.option(fc.integer({ min: 0, max: 100_000 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), seconds, (attempt, retryAfter) => {
        for (const outcome of [outcomeOfPost(answered(500)), outcomeOfPost(answered(429, retryAfter))]) {
          const delay = delayAfter(attempt, outcome);
          if (attempt >= 8) expect(delay).toBeNull();
          else expect(delay).toBeGreaterThanOrEqual(1);
          expect(delay ?? 0).toBeLessThanOrEqual(900);
        }
      }),
    );
  });

  test("that somebody is about is held, until they must have died", () => {
    const key = { app_id: 1, endpoint_id: "a", deployment_id: 7, stage: "failed", run_id: null } as const;
    const first = claim(null, key, 1, "2026-01-01T00:00:00.000Z");
    if (first.outcome !== "claimed") throw new Error("It was free.");
    expect(claim(first.next, key, 1, "2026-01-01T00:00:30.000Z").outcome).toBe("held");
    expect(claim(first.next, key, 1, "2026-01-01T00:01:00.000Z").outcome).toBe("claimed");
  });
});
