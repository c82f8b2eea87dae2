import * as z from "zod";
import { healthSchema } from "../../../contract/answers/access.ts";
import { enveloped } from "../../../contract/answers/common.ts";
import { pushAnswerSchema } from "../../../contract/answers/deployments.ts";
import { orphansSchema } from "../../../contract/answers/orphans.ts";
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
  "GET /api/orphans": {
    id: "showOrphans",
    tag: "System",
    summary: "List AWS resources that belong to no app",
    description: "They are looked for every hour. Nothing is deleted: what has a name of ours may still be somebody's.",
    answers: { 200: { description: "The last report.", schema: enveloped(orphansSchema), example: exampleOrphans } },
  },
  "POST /api/orphans": {
    id: "findOrphans",
    tag: "System",
    summary: "Look for AWS resources that belong to no app",
    needsBody: false,
    answers: {
      202: {
        description: "It is looked for; the next report is ready within seconds. The answer is the last one.",
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
