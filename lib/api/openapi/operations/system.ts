import * as z from "zod";
import { healthSchema } from "../../../contract/answers/access.ts";
import { installationDomainSchema } from "../../../contract/answers/apps.ts";
import { enveloped } from "../../../contract/answers/common.ts";
import { pushAnswerSchema } from "../../../contract/answers/deployments.ts";
import { freezeSchema } from "../../../contract/answers/freeze.ts";
import { orphansSchema } from "../../../contract/answers/orphans.ts";
import { freezeSchema as beginFreezeSchema } from "../../../contract/requests.ts";
import type { SomeOperations } from "../operation.ts";

const document = z.record(z.string(), z.unknown());

const exampleOrphans = {
  success: true,
  data: {
    checked_at: "2025-11-14T10:30:45.000Z",
    orphans: [{ kind: "target group", name: "slipway-c231c861-7", app_id: 7 }],
    unchecked: [],
  },
} as const;

const exampleFreeze = {
  reason: "Holidays",
  actor: "ada",
  actor_id: "token#2",
  since: "2025-12-23T17:00:00.000Z",
  until: "2026-01-02T08:00:00.000Z",
} as const;

export const systemOperations = {
  "GET /api/health": {
    id: "health",
    tag: "System",
    summary: "Check the health of the API",
    answers: {
      200: {
        description: "The API is healthy.",
        schema: enveloped(healthSchema),
        example: { success: true, data: { status: "ok", time: "2025-11-14T10:30:45.000Z" } },
      },
    },
  },
  "GET /api/domain": {
    id: "showDomain",
    tag: "System",
    summary: "Show the domain of the installation and its DNS records",
    answers: {
      200: {
        description: "The domain.",
        schema: enveloped(installationDomainSchema),
        example: {
          success: true,
          data: {
            name: "apps.example.com",
            hosted: false,
            records: [
              { type: "CNAME", name: "*.apps.example.com.", value: "slipway-web.eu-west-1.elb.amazonaws.com." },
            ],
          },
        },
      },
    },
  },
  "GET /api/freeze": {
    id: "showFreeze",
    tag: "System",
    summary: "Show the freeze",
    answers: {
      200: {
        description: "The freeze at this moment; `null`: there is none.",
        schema: enveloped(freezeSchema.nullable()),
        example: { success: true, data: exampleFreeze },
      },
    },
  },
  "POST /api/freeze": {
    id: "beginFreeze",
    tag: "System",
    summary: "Freeze deployments",
    description:
      "Until then pushes to all apps are ignored, and not deployed later. What has begun finishes. Deploys, redeploys, retries, rollbacks, promotions and approvals answer 409 `frozen`, unless an admin sends `override` with a reason. Replaces a freeze that is there.",
    body: beginFreezeSchema,
    example: { body: { until: exampleFreeze.until, reason: exampleFreeze.reason } },
    answers: {
      201: {
        description: "The freeze.",
        schema: enveloped(freezeSchema),
        example: { success: true, data: exampleFreeze },
      },
    },
  },
  "DELETE /api/freeze": {
    id: "endFreeze",
    tag: "System",
    summary: "End the freeze",
    description: "Pushes that were ignored meanwhile stay so.",
    answers: {
      200: {
        description: "There is no freeze any more.",
        schema: enveloped(freezeSchema.nullable()),
        example: { success: true, data: null },
      },
    },
  },
  "GET /api/orphans": {
    id: "showOrphans",
    tag: "System",
    summary: "List AWS resources that belong to no app",
    description:
      "Slipway checks for them every hour. It deletes nothing: a resource with one of its names may still be in use.",
    answers: { 200: { description: "The last report.", schema: enveloped(orphansSchema), example: exampleOrphans } },
  },
  "POST /api/orphans": {
    id: "findOrphans",
    tag: "System",
    summary: "Look for AWS resources that belong to no app",
    needsBody: false,
    answers: {
      202: {
        description: "Starts a check. Its report is ready within seconds; the response has the previous report.",
        schema: enveloped(orphansSchema),
        example: exampleOrphans,
      },
    },
  },
  "GET /api/openapi.json": {
    id: "showOpenApi",
    tag: "System",
    summary: "Show the OpenAPI document",
    answers: { 200: { description: "OpenAPI 3.1.", schema: document } },
  },
  "GET /api/asyncapi.json": {
    id: "showAsyncApi",
    tag: "System",
    summary: "Show the AsyncAPI document",
    answers: { 200: { description: "AsyncAPI 3.0.", schema: document } },
  },
  "GET /api/docs": {
    id: "showReference",
    tag: "System",
    summary: "Show the API reference",
    answers: { 200: { description: "An HTML page.", type: "text/html", schema: z.string() } },
  },
  "POST /api/webhooks/github": {
    id: "receiveGitHubWebhook",
    tag: "System",
    summary: "Receive a push",
    description:
      "Called by Git hosts and signed with X-Hub-Signature-256. The body is a GitHub push event; `ref`, `after` and `repository.clone_url` are required.",
    answers: {
      202: {
        description:
          "The deployments that were created, or why none was. One push can match several apps. Repeated deliveries get the same response.",
        schema: enveloped(pushAnswerSchema),
        example: { success: true, data: { deployment_id: 1, deployment_ids: [1], ignored: null } },
      },
    },
    errors: ["wrong_signature", "webhook_secret_missing"],
  },
  "POST /api/builds/claim": "internal",
  "POST /api/builds/credentials": "internal",
  "POST /api/builds/report": "internal",
} as const satisfies SomeOperations;
