import * as z from "zod";
import {
  appLogPageSchema,
  appSchema,
  appStatusSchema,
  domainsSchema,
  endpointTestSchema,
  releaseSchema,
} from "../../../contract/answers/apps.ts";
import { enveloped, paged } from "../../../contract/answers/common.ts";
import { deploymentSchema } from "../../../contract/answers/deployments.ts";
import { dockerfileSchema } from "../../../contract/answers/dockerfile.ts";
import { metricsSchema } from "../../../contract/answers/metrics.ts";
import { appUsageSchema } from "../../../contract/answers/usage.ts";
import {
  changesSchema as changesQuerySchema,
  createAppSchema,
  listAllSchema,
  listReleasesSchema,
  metricsSchema as metricsQuerySchema,
  patchAppSchema,
  readAppLogSchema,
  redeploySchema,
  retryDomainSchema,
  showDockerfileSchema,
  usageSchema as usageQuerySchema,
} from "../../../contract/requests.ts";
import {
  exampleApp,
  exampleAppLine,
  exampleDeployment,
  exampleRelease,
  exampleStatus,
  exampleTest,
  exampleUsage,
} from "../examples.ts";
import type { ApiOperation, SomeOperations } from "../operation.ts";
import { changes } from "./deployments.ts";

const app: ApiOperation["answers"][number] = {
  description: "The app.",
  schema: enveloped(appSchema),
  example: { success: true, data: exampleApp },
};

const redeployed = {
  schema: enveloped(deploymentSchema),
  example: { success: true, data: exampleDeployment },
} as const;

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
    description: "By ID.",
    query: listAllSchema,
    answers: {
      200: {
        description: "The apps that the caller has access to: all of them, unless they are too large for one response.",
        schema: paged(appSchema),
        example: { success: true, next_cursor: null, data: [exampleApp] },
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
    errors: ["name_taken", "domain_taken", "secrets_throttled"],
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
    errors: ["name_taken", "domain_taken", "conflict", "secrets_throttled"],
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
  "GET /api/apps/:id/changes": {
    id: "showAppChanges",
    tag: "Apps",
    summary: "Show what a release would change",
    description:
      "Commits and settings against the live release, before anybody deploys, redeploys, rolls back or promotes.",
    query: changesQuerySchema,
    example: { query: { of: "live" } },
    answers: { 200: changes },
    errors: ["deployment_not_found"],
  },
  "POST /api/apps/:id/domains/retry": {
    id: "retryDomain",
    tag: "Apps",
    summary: "Retry a domain",
    description: "Requests the certificate of a domain that failed anew. It has new records then.",
    body: retryDomainSchema,
    example: { body: { name: "shop.example.com" } },
    answers: {
      200: {
        description: "The domains of the app.",
        schema: enveloped(domainsSchema),
        example: { success: true, data: { domains: exampleApp.domains } },
      },
    },
    errors: ["domain_not_failed", "conflict"],
  },
  "POST /api/apps/:id/redeploy": {
    id: "redeployApp",
    tag: "Apps",
    summary: "Redeploy the live release",
    description:
      "A new deployment of the live image with the app's present settings and secrets, without a build; with approval if the app requires it. A pin stays.",
    body: redeploySchema,
    needsBody: false,
    example: { body: { reason: "A new API key" } },
    idempotent: true,
    answers: {
      200: {
        ...redeployed,
        description: "The same request with the same Idempotency-Key was made before: the deployment from then.",
      },
      201: { ...redeployed, description: "The new deployment." },
    },
    errors: ["nothing_live", "frozen"],
  },
  "GET /api/apps/:id/releases": {
    id: "listReleases",
    tag: "Apps",
    summary: "List releases",
    query: listReleasesSchema,
    answers: {
      200: {
        description: "The releases that are available for a rollback, newest first.",
        schema: paged(releaseSchema),
        example: { success: true, next_cursor: null, data: [exampleRelease] },
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
    errors: ["tasks_unknown"],
  },
  "GET /api/apps/:id/usage": {
    id: "showAppUsage",
    tag: "Metrics",
    summary: "Show the figures of the running app",
    description:
      "Requests, errors, latency, CPU, memory, tasks and restarts, with markers for releases and alarms. From CloudWatch, which is a few minutes late. Responses that the load balancer makes itself (502, 503) are not counted by app: `connection_errors` and `unhealthy_tasks` show an app that is down.",
    query: usageQuerySchema,
    example: { query: { hours: "3" } },
    answers: {
      200: {
        description: "The series and the markers.",
        schema: enveloped(appUsageSchema),
        example: { success: true, data: exampleUsage },
      },
    },
    errors: ["usage_unavailable"],
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
  "GET /api/dockerfile": {
    id: "showDockerfile",
    tag: "Apps",
    summary: "Look for a Dockerfile, or propose one",
    description:
      "Whether a repository has the Dockerfile that an app of it would be built with. If not, one is proposed, as by `slipway init`: for Node.js, Python, Go, Ruby, PHP, Java, Rust and static sites. Nothing is written.",
    query: showDockerfileSchema,
    example: { query: { repoUrl: "https://git.example.com/shop.git" } },
    answers: {
      200: {
        description: "What is there, or could be.",
        schema: enveloped(dockerfileSchema),
        example: {
          success: true,
          data: {
            path: "Dockerfile",
            exists: false,
            proposal: { of: "a static site", dockerfile: "FROM nginx:alpine\n…", dockerignore: ".git\n…" },
            reason: null,
          },
        },
      },
    },
  },
  "GET /api/metrics": {
    id: "showMetrics",
    summary: "Show the metrics of all apps",
    description: "Covers the apps that the caller has access to.",
    ...metrics,
  },
} as const satisfies SomeOperations;
