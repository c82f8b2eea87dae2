import fc from "fast-check";
import { presentDeployment } from "../../../lib/api/present.ts";
import type { NotificationEndpoint } from "../../../lib/core/endpoint.ts";
import {
  type DeploymentNotice,
  type NoticedDeployment,
  noticedDeploymentSchema,
} from "../../../lib/core/notice/notice.ts";
import type { NoticedRun } from "../../../lib/core/notice/run.ts";
import { stageSchema } from "../../../lib/core/stage.ts";
import { someDeployment } from "../../support/deployments.ts";

export function someEndpoint(change: Partial<NotificationEndpoint> = {}): NotificationEndpoint {
  return {
    id: "a",
    type: "webhook",
    events: ["success", "failed", "awaiting_approval"],
    host: "hooks.example.com",
    to: null,
    address_hash: null,
    addressed_at: "2026-01-01T00:00:00.000Z",
    ...change,
  };
}

/** A deployment as it comes from the event bus. */
export const someNoticed = (change: Partial<NoticedDeployment> = {}): NoticedDeployment => ({
  ...noticedDeploymentSchema.parse({ ...presentDeployment(someDeployment()), app_name: "shop" }),
  ...change,
});

/** A run of a cron as it comes from the event bus. */
export const someNoticedRun = (change: Partial<NoticedRun> = {}): NoticedRun => ({
  id: 12,
  app_id: 1,
  app_name: "shop",
  deployment_id: 7,
  process: "web",
  command: ["npm", "run", "report"],
  trigger: "cron",
  cron: "nightly",
  scheduled_at: "2026-01-01T03:00:00.000Z",
  status: "failed",
  message: "Exited with code 3",
  exit_code: 3,
  actor: "Slipway",
  created_at: "2026-01-01T03:00:01.000Z",
  started_at: "2026-01-01T03:00:05.000Z",
  finished_at: "2026-01-01T03:01:10.000Z",
  ...change,
});

/** What people write, also on purpose. */
const wild = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6000 }),
  fc.constantFrom(
    "<!channel> & <https://evil.example|click>",
    "@everyone **bold** [a](b)",
    "one\r\nBcc: x@y.z",
    "😀".repeat(4000),
    "&".repeat(5000),
  ),
);

export const noticeArbitrary: fc.Arbitrary<DeploymentNotice> = fc
  .record({
    stage: fc.constantFrom(...stageSchema.options),
    app_name: fc.constantFrom("shop", "a".repeat(63)),
    commit_hash: fc.constantFrom("", "c".repeat(40)),
    commit_message: wild,
    branch: fc.oneof(
      fc.constant("main"),
      wild.map((text) => text.slice(0, 200)),
    ),
    actor: wild.map((text) => text.slice(0, 200)),
    reason: fc.option(wild),
    error_message: fc.option(wild),
    failed_stage: fc.option(fc.constantFrom(...stageSchema.options)),
    duration: fc.option(fc.integer({ min: 0, max: 100_000 })),
  })
  .chain((change) =>
    fc.record({
      delivery: fc.constant("a-7-failed"),
      isTest: fc.boolean(),
      deployment: fc.constant(someNoticed(change)),
      link: fc.constantFrom(null, "https://slipway.example.com/deployments/7"),
    }),
  );
