import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { endpointsInputSchema } from "../../../lib/contract/endpoints.ts";
import { settingsSchema } from "../../../lib/core/app.ts";
import { presentEndpoint } from "../../../lib/core/endpoint.ts";
import { endpointChannels } from "../../../lib/core/notices/channels/all.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someApp, someSettings } from "../../support/deployments.ts";
import { memoryEndpointAddresses } from "../../support/memory-notices.ts";
import { workerDeps } from "../../support/worker-deps.ts";
import { someEndpoint } from "./some.ts";

test("a row from before there were notices still parses, whatever was stored as its notifications", () => {
  const before = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())));
  fc.assert(
    fc.property(before, (notifications) => {
      expect(settingsSchema.parse({ ...someSettings(), notifications }).notifications).toEqual([]);
    }),
  );
  const notifications = [{ type: "slack", url: "https://hooks.example.com/" }, someEndpoint()];
  expect(settingsSchema.parse({ ...someSettings(), notifications }).notifications).toEqual([someEndpoint()]);
});

test("an endpoint is shown as failing only while the address that failed is the one it has", () => {
  const endpoint = someEndpoint();
  const { addressed_at } = endpoint;
  const failing = { failing_since: "2026-01-02T00:00:00.000Z", last_error: "It answered 404." };
  const healths = [{ endpoint_id: "a", addressed_at, ...failing, last_sent_at: null, quiet_until: null }];
  expect(presentEndpoint(endpoint, healths)).toMatchObject(failing);
  const moved = presentEndpoint(someEndpoint({ addressed_at: "2026-01-03T00:00:00.000Z" }), healths);
  expect(moved).toMatchObject({ failing_since: null, last_error: null });
  expect(moved).not.toHaveProperty("addressed_at");
});

test("the addresses of an app's endpoints are gone with the app", async () => {
  const endpointAddresses = memoryEndpointAddresses();
  await endpointAddresses.put(1, "a", { url: "https://hooks.example.com/", secret: "shh" });
  const deps = workerDeps({ endpointAddresses });
  const settings = someSettings({ notifications: [someEndpoint()] });
  await deps.apps.create(someApp({ settings, deleted_at: "2026-01-01T00:00:00.000Z" }));
  await work(deps, { type: "app_deleted", app_id: 1 });
  expect(await deps.apps.get(1)).toBeNull();
  expect(await endpointAddresses.get(1, "a")).toBeNull();
});

test.each(Object.entries(endpointChannels))(
  "a new endpoint of type %s is accepted with what its channel needs, and with nothing less",
  (type, { needs }) => {
    const values = { url: "https://hooks.example.com/", secret: "at least 16 characters", to: "team@example.com" };
    const given = (fields: readonly (keyof typeof values)[]) => [
      { type, ...Object.fromEntries(fields.map((field) => [field, values[field]])) },
    ];
    expect(endpointsInputSchema.safeParse(given(needs)).success).toBe(true);
    for (const missing of needs) {
      const rest = needs.filter((field) => field !== missing);
      expect(endpointsInputSchema.safeParse(given(rest)).error?.issues).toMatchObject([{ path: [0, missing] }]);
    }
  },
);
