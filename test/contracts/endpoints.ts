import { describe, expect, test } from "@jest/globals";
import { healthOf } from "../../lib/core/endpoint.ts";
import { freshId, type PortOf } from "./ports.ts";

/** What every {@link EndpointAddresses} promises. */
export function endpointAddressesContract(ports: PortOf<"endpointAddresses">): void {
  describe("addresses of endpoints", () => {
    const addresses = () => ports().endpointAddresses;

    test("are read as they were put, with a secret or without, and one that never was is none", async () => {
      const app = freshId();
      await addresses().put(app, "a", { url: "https://hooks.example.com/ü?x=1", secret: "shh" });
      await addresses().put(app, "b", { url: "https://example.com/" });
      expect(await addresses().get(app, "a")).toEqual({ url: "https://hooks.example.com/ü?x=1", secret: "shh" });
      expect(await addresses().get(app, "b")).toEqual({ url: "https://example.com/", secret: null });
      expect(await addresses().get(app, "c")).toBeNull();
      expect(await addresses().get(app * 10, "a")).toBeNull();
    });

    test("are replaced in part: what is not given stays", async () => {
      const app = freshId();
      await addresses().put(app, "a", { url: "https://old.example.com/", secret: "shh" });
      await addresses().put(app, "a", { url: "https://new.example.com/" });
      expect(await addresses().get(app, "a")).toEqual({ url: "https://new.example.com/", secret: "shh" });
      await addresses().put(app, "a", {});
      await addresses().put(app, "a", { secret: "other" });
      expect(await addresses().get(app, "a")).toEqual({ url: "https://new.example.com/", secret: "other" });
    });

    test("are removed with their secrets, also more of them than fit in one call, and no others", async () => {
      const app = freshId();
      const ids = Array.from({ length: 12 }, (_, index) => `endpoint-${index}`);
      for (const id of ids) await addresses().put(app, id, { url: "https://example.com/", secret: id });
      await addresses().remove(app, [...ids.slice(1), "never-put"]);
      await addresses().remove(app, []);
      const left = await Promise.all(ids.map((id) => addresses().get(app, id)));
      expect(left.filter((one) => one !== null)).toEqual([{ url: "https://example.com/", secret: "endpoint-0" }]);
      await addresses().put(app, "endpoint-1", { url: "https://again.example.com/" });
      expect(await addresses().get(app, "endpoint-1")).toMatchObject({ secret: null });
    });
  });
}

/** What every {@link EndpointHealths} promises. */
export function endpointHealthsContract(ports: PortOf<"endpointHealths">): void {
  describe("health of endpoints", () => {
    const one = { id: "a", addressed_at: "2026-01-01T00:00:00.000Z" };
    const time = (minute: number) => `2026-01-02T00:${String(minute).padStart(2, "0")}:00.000Z`;
    const health = async (app: number, endpoint = one) => healthOf(endpoint, await ports().endpointHealths.list(app));

    test("fails since the first failure, with the latest error, until something arrives", async () => {
      const app = freshId();
      const record = ports().endpointHealths.record;
      expect(await ports().endpointHealths.list(app)).toEqual([]);
      await record(app, one, { outcome: "failed", error: "It answered 500." }, time(1));
      await record(app, one, { outcome: "failed", error: "It answered 502." }, time(2));
      expect(await health(app)).toMatchObject({
        failing_since: time(1),
        last_error: "It answered 502.",
        last_sent_at: null,
      });
      await record(app, one, { outcome: "sent" }, time(3));
      expect(await health(app)).toMatchObject({ failing_since: null, last_error: null, last_sent_at: time(3) });
      await record(app, one, { outcome: "failed", error: "It answered 503." }, time(4));
      expect(await health(app)).toMatchObject({ failing_since: time(4), last_sent_at: time(3) });
    });

    test("a pause that was asked for is no failure", async () => {
      const app = freshId();
      await ports().endpointHealths.record(app, one, { outcome: "postponed", until: time(9) }, time(1));
      expect(await health(app)).toMatchObject({ quiet_until: time(9), failing_since: null, last_error: null });
    });

    test("another address has no past, and neither has another endpoint or app", async () => {
      const app = freshId();
      await ports().endpointHealths.record(app, one, { outcome: "failed", error: "It answered 404." }, time(1));
      for (const other of [
        { ...one, addressed_at: time(2) },
        { ...one, id: "ab" },
      ])
        expect(await health(app, other)).toMatchObject({ failing_since: null, last_error: null });
      expect(await ports().endpointHealths.list(app * 10)).toEqual([]);
    });
  });
}
