import * as z from "zod";
import {
  appLogPageSchema,
  appSchema,
  appStatusSchema,
  endpointTestSchema,
  releaseSchema,
} from "../../../contract/answers/apps.ts";
import { enveloped } from "../../../contract/answers/common.ts";
import { metricsSchema } from "../../../contract/answers/metrics.ts";
import {
  createAppSchema,
  metricsSchema as metricsQuerySchema,
  patchAppSchema,
  readAppLogSchema,
} from "../../../contract/requests.ts";
import { exampleApp, exampleAppLine, exampleRelease, exampleStatus, exampleTest } from "../examples.ts";
import type { ApiOperation, SomeOperations } from "../operation.ts";

const app: ApiOperation["answers"][number] = {
  description: "The app.",
  schema: enveloped(appSchema),
  example: { success: true, data: exampleApp },
};

const metrics = {
  tag: "Metrics",
  query: metricsQuerySchema,
  example: { query: { days: "30" } },
  answers: {
    200: { description: "The metrics, with one data point for each day (UTC).", schema: enveloped(metricsSchema) },
  },
} as const;

export const appOperations = {
  "GET /api/apps": {
    id: "listApps",
    tag: "Apps",
    summary: "List apps",
    answers: {
      200: {
        description: "All apps that the caller has access to.",
        schema: enveloped(z.array(appSchema)),
        example: { success: true, data: [exampleApp] },
      },
    },
  },
  "POST /api/apps": {
    id: "createApp",
    tag: "Apps",
    summary: "Create an app",
    body: createAppSchema,
    example: { body: { name: "shop", repoUrl: "https://git.example.com/shop.git", healthCheckPath: "/healthz" } },
    answers: { 201: app },
    errors: ["name_taken", "secrets_throttled"],
  },
  "GET /api/apps/:id": { id: "showApp", tag: "Apps", summary: "Show an app", answers: { 200: app } },
  "PATCH /api/apps/:id": {
    id: "changeApp",
    tag: "Apps",
    summary: "Change an app",
    description: "Omitted fields stay as they are. Changes apply on the next deployment.",
    body: patchAppSchema,
    needsBody: false,
    example: { body: { instances: 2, env: { LOG_LEVEL: "debug" } } },
    answers: { 200: app },
    errors: ["name_taken", "conflict", "secrets_throttled"],
  },
  "DELETE /api/apps/:id": {
    id: "deleteApp",
    tag: "Apps",
    summary: "Delete an app",
    description: "Stops the app and deletes its releases and secrets.",
    answers: { 200: app },
    errors: ["conflict"],
  },
  "POST /api/apps/:id/unpin": {
    id: "unpinApp",
    tag: "Apps",
    summary: "Unpin an app",
    answers: { 200: app },
    errors: ["not_pinned"],
  },
  "GET /api/apps/:id/releases": {
    id: "listReleases",
    tag: "Apps",
    summary: "List releases",
    answers: {
      200: {
        description: "The releases that are available for a rollback, newest first.",
        schema: enveloped(z.array(releaseSchema)),
        example: { success: true, data: [exampleRelease] },
      },
    },
  },
  "GET /api/apps/:id/status": {
    id: "showAppStatus",
    tag: "Apps",
    summary: "Show an app's tasks and its health",
    description: "Read from ECS and the load balancer at this moment.",
    answers: {
      200: {
        description: "The app's health, its tasks, and tasks that stopped unexpectedly, newest first.",
        schema: enveloped(appStatusSchema),
        example: { success: true, data: exampleStatus },
      },
    },
  },
  "GET /api/apps/:id/logs": {
    id: "readAppLog",
    tag: "Apps",
    summary: "Read what an app prints",
    description:
      "The last lines, or with `since` the first ones, and from there on by cursor. Lines of a task keep their order, and those of several tasks are ordered by time; a line that arrives late comes late, and never twice. `wait` holds the answer until there are lines; when too many answers are held, it comes at once. Use the same filters with a cursor as those it was answered with.",
    query: readAppLogSchema,
    example: { query: { limit: "10" } },
    answers: {
      200: {
        description: "A page of lines.",
        schema: appLogPageSchema,
        example: {
          success: true,
          next_cursor: exampleAppLine.cursor,
          previous_cursor: null,
          complete: false,
          since: exampleAppLine.timestamp,
          until: null,
          data: [exampleAppLine],
        },
      },
    },
    errors: ["invalid_cursor"],
  },
  "POST /api/apps/:id/notifications/test": {
    id: "testNotifications",
    tag: "Apps",
    summary: "Send a test notification to each endpoint",
    answers: {
      200: {
        description: "The result for each endpoint.",
        schema: enveloped(z.array(endpointTestSchema)),
        example: { success: true, data: [exampleTest] },
      },
    },
  },
  "GET /api/apps/:id/badge.svg": {
    id: "showBadge",
    tag: "Apps",
    summary: "Show an app's status badge",
    description:
      "An SVG image that says `passing`, `failed`, `deploying` or `never deployed`. The key in an app's `badge_url` replaces credentials, so that a README can show the badge.",
    keyed: true,
    answers: {
      200: {
        description: "The badge.",
        type: "image/svg+xml",
        schema: z.string(),
        headers: ["ETag"],
        example: '<svg xmlns="http://www.w3.org/2000/svg" width="97" height="20" role="img">…</svg>',
      },
      304: { description: "Not modified since the `ETag` in `If-None-Match`.", headers: ["ETag"] },
    },
  },
  "GET /api/apps/:id/metrics": { id: "showAppMetrics", summary: "Show the metrics of an app", ...metrics },
  "GET /api/metrics": {
    id: "showMetrics",
    summary: "Show the metrics of all apps",
    description: "Covers the apps that the caller has access to.",
    ...metrics,
  },
} as const satisfies SomeOperations;
