import { beforeEach, describe, expect, test } from "@jest/globals";
import { type AppDomains, retried } from "../../../lib/core/domains/domains.ts";
import type { WorkerDeps } from "../../../lib/core/worker/deps.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someSettings } from "../../support/deployments.ts";
import { memoryCertificates, memoryDomains } from "../../support/memory-domains.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const domain = "shop.example.com";
let now: string;
let rows: Map<number, AppDomains>;
let aws: ReturnType<typeof memoryCertificates>;
let deps: ReturnType<typeof workerDeps>;

beforeEach(async () => {
  now = "2026-01-01T00:00:00.000Z";
  rows = new Map();
  aws = memoryCertificates();
  deps = workerDeps({
    domains: memoryDomains(rows),
    certificates: aws.port,
    domainFront: aws.front,
    now: () => now,
  });
});

async function have(...domains: string[]): Promise<void> {
  const before = await deps.apps.get(1);
  if (before === null) return void (await deps.apps.create(someApp({ settings: someSettings({ domains }) })));
  const next = { ...before, settings: someSettings({ domains }), version: before.version + 1 };
  expect(await deps.apps.replace(next, before)).toBe("replaced");
}

const changed = (using: WorkerDeps = deps) => work(using, { type: "domains", app_id: 1, due: null });
/** The poll that is stored, as the queue delivers it. */
const polled = () => work(deps, { type: "domains", app_id: 1, due: rows.get(1)?.next_poll_at ?? "none" });
const seen = () => rows.get(1)?.domains.map(({ name, state, reason }) => [name, state, reason]);
const later = (hours: number): void => {
  now = new Date(Date.parse(now) + hours * 3_600_000).toISOString();
};

describe("a domain", () => {
  test("is pending with the records that prove it, and served once its certificate is issued", async () => {
    await have(domain);
    await changed();
    expect(rows.get(1)).toMatchObject({
      domains: [{ state: "pending_validation", proof: [{ type: "CNAME", name: `_proof.${domain}.` }] }],
      target: "balancer.example.com",
    });
    expect(aws.served.get(1)).toEqual([]);
    aws.tell(domain, "issued");
    await polled();
    expect(seen()).toEqual([[domain, "issued", null]]);
    expect([...(aws.presented.get(1) ?? [])]).toEqual([...aws.certificates.keys()]);
    expect(rows.get(1)?.next_poll_at).toBeNull();
    await changed();
    expect(aws.served.get(1)).toEqual([domain]);
  });

  test("is looked at less and less often, and has failed after 72 hours", async () => {
    await have(domain);
    await changed();
    const waits: number[] = [];
    for (let hour = 0; hour < 80 && rows.get(1)?.next_poll_at; hour++) {
      waits.push((Date.parse(rows.get(1)?.next_poll_at ?? "") - Date.parse(now)) / 1000);
      later(1);
      await polled();
    }
    expect(waits[0]).toBe(5);
    expect(waits.toSorted((one, other) => one - other)).toEqual(waits);
    expect(waits.at(-1)).toBe(900);
    expect(seen()).toEqual([[domain, "failed", expect.stringContaining("not found within 72 hours")]]);
  });

  test("that AWS refuses has failed for AWS's reason, and is requested anew when that is asked for", async () => {
    await have(domain);
    await changed();
    aws.tell(domain, "failed", "CAA_ERROR");
    await polled();
    expect(seen()).toEqual([[domain, "failed", "AWS refused the certificate: CAA_ERROR."]]);
    const [first] = [...aws.certificates.keys()];
    const row = rows.get(1);
    if (row === undefined) throw new Error("There is no row.");
    // As the API does it.
    rows.set(1, { ...(retried(row, domain) ?? row), version: row.version + 1 });
    later(1);
    await changed();
    expect(seen()).toEqual([[domain, "pending_validation", null]]);
    await polled();
    expect(aws.certificates.size).toBe(1);
    expect(aws.certificates.has(first ?? "")).toBe(false);
  });

  test("that is removed while it is validated leaves nothing behind, and neither does a deleted app", async () => {
    await have(domain, "www.example.com");
    await changed();
    await have("www.example.com");
    await changed();
    expect([...aws.certificates.values()].map((one) => one.domain)).toEqual(["www.example.com"]);
    aws.tell("www.example.com", "issued");
    await polled();
    const before = await deps.apps.get(1);
    if (before === null) throw new Error("There is no app.");
    await deps.apps.replace({ ...before, deleted_at: now, version: before.version + 1 }, before);
    await work(deps, { type: "app_deleted", app_id: 1 });
    expect(await deps.apps.get(1)).toBeNull();
    expect([aws.certificates.size, rows.size, aws.presented.get(1)?.size]).toEqual([0, 0, 0]);
  });

  test("whose message or poll was lost is found by the sweep", async () => {
    await have(domain);
    await work(deps, { type: "sweep" });
    expect(deps.sent()).toContainEqual({ type: "domains", app_id: 1, due: null });
    await changed();
    const due = rows.get(1)?.next_poll_at ?? "";
    later(1);
    await work(deps, { type: "sweep" });
    expect(deps.sent()).toContainEqual({ type: "domains", app_id: 1, due });
  });

  test("is not looked at by an outdated poll", async () => {
    await have(domain);
    await changed();
    const { version } = rows.get(1) ?? {};
    await work(deps, { type: "domains", app_id: 1, due: "2025-01-01T00:00:00.000Z" });
    expect(rows.get(1)?.version).toBe(version);
  });
});

class Killed extends Error {}

/** The worker is killed before or after its `at`th call of a port. */
function killedAt(at: number, when: "before" | "after"): WorkerDeps {
  let calls = 0;
  const around = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function") return method;
        return async (...args: unknown[]) => {
          const isLast = calls++ === at;
          if (isLast && when === "before") throw new Killed();
          const answer: unknown = await Reflect.apply(method, target, args);
          if (isLast) throw new Killed();
          return answer;
        };
      },
    });
  const { domains, certificates, domainFront, queue, apps } = deps;
  return {
    ...deps,
    domains: around(domains),
    certificates: around(certificates),
    domainFront: around(domainFront),
    queue: around(queue),
    apps: around(apps),
  };
}

describe.each(["before", "after"] as const)("a worker that is killed %s a call", (when) => {
  /** Kills it at each call in turn, and has its message come again. Answers how often it could be killed. */
  async function survives(act: (using: WorkerDeps) => Promise<void>, check: () => void, reset: () => Promise<void>) {
    for (let at = 0; ; at++) {
      await reset();
      try {
        await act(killedAt(at, when));
        return at;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      await act(deps);
      check();
    }
  }

  async function fresh(): Promise<void> {
    rows.clear();
    aws.certificates.clear();
    aws.presented.clear();
    later(100);
    await have(domain);
  }

  test("has requested one certificate when it is done", async () => {
    const kills = await survives(
      changed,
      () => expect([aws.certificates.size, seen()]).toEqual([1, [[domain, "pending_validation", null]]]),
      fresh,
    );
    expect(kills).toBeGreaterThan(5);
  });

  test("has one presented and served", async () => {
    const kills = await survives(
      changed,
      () => {
        expect(seen()).toEqual([[domain, "issued", null]]);
        expect([...(aws.presented.get(1) ?? [])]).toEqual([...aws.certificates.keys()]);
        expect(aws.served.get(1)).toEqual([domain]);
      },
      async () => {
        await fresh();
        await changed();
        aws.tell(domain, "issued");
      },
    );
    expect(kills).toBeGreaterThan(5);
  });

  test("has removed everything", async () => {
    const kills = await survives(
      changed,
      () => {
        expect([aws.certificates.size, aws.presented.get(1)?.size, aws.served.get(1)]).toEqual([0, 0, []]);
        expect(rows.get(1)?.domains).toEqual([]);
      },
      async () => {
        await fresh();
        await changed();
        aws.tell(domain, "issued");
        await changed();
        await have();
      },
    );
    expect(kills).toBeGreaterThan(5);
  });
});
