import * as z from "zod";
import { appSchema, appStatusSchema, endpointTestSchema, releaseSchema } from "../../../contract/answers/apps.ts";
import { enveloped } from "../../../contract/answers/common.ts";
import { deploymentSchema } from "../../../contract/answers/deployments.ts";
import { metricsSchema } from "../../../contract/answers/metrics.ts";
import {
  changesSchema as changesQuerySchema,
  createAppSchema,
  metricsSchema as metricsQuerySchema,
  patchAppSchema,
  redeploySchema,
} from "../../../contract/requests.ts";
import { exampleApp, exampleDeployment, exampleRelease, exampleStatus, exampleTest } from "../examples.ts";
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
  answers: { 200: { description: "The figures, one point a UTC day.", schema: enveloped(metricsSchema) } },
} as const;

export const appOperations = {
  "GET /api/apps": {
    id: "listApps",
    tag: "Apps",
    summary: "List apps",
    answers: {
      200: {
        description: "All apps that the caller may read.",
        schema: enveloped(z.array(appSchema)),
        example: { success: true, data: [exampleApp] },
      },
    },
  },
  "POST /api/apps": {
    id: "createApp",
    tag: "Apps",
    summary: "Register an app",
    body: createAppSchema,
    example: { body: { name: "shop", repoUrl: "https://git.example.com/shop.git", healthCheckPath: "/healthz" } },
    answers: { 201: app },
    errors: ["name_taken"],
  },
  "GET /api/apps/:id": { id: "showApp", tag: "Apps", summary: "Show an app", answers: { 200: app } },
  "PATCH /api/apps/:id": {
    id: "changeApp",
    tag: "Apps",
    summary: "Change an app",
    description: "It counts from the next deployment.",
    body: patchAppSchema,
    needsBody: false,
    example: { body: { instances: 2, env: { LOG_LEVEL: "debug" } } },
    answers: { 200: app },
    errors: ["name_taken", "conflict"],
  },
  "DELETE /api/apps/:id": {
    id: "deleteApp",
    tag: "Apps",
    summary: "Delete an app",
    description: "It stops serving; its releases and secrets go.",
    answers: { 200: app },
    errors: ["conflict"],
  },
  "POST /api/apps/:id/unpin": {
    id: "unpinApp",
    tag: "Apps",
    summary: "Follow pushes again after a rollback",
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
    errors: ["nothing_live"],
  },
  "GET /api/apps/:id/releases": {
    id: "listReleases",
    tag: "Apps",
    summary: "List the releases that are kept",
    answers: {
      200: {
        description: "Newest first.",
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
        description: "The app's health, its tasks, and those that stopped and were not to, newest first.",
        schema: enveloped(appStatusSchema),
        example: { success: true, data: exampleStatus },
      },
    },
  },
  "POST /api/apps/:id/notifications/test": {
    id: "testNotifications",
    tag: "Apps",
    summary: "Send a test to each endpoint",
    answers: {
      200: {
        description: "What each answered.",
        schema: enveloped(z.array(endpointTestSchema)),
        example: { success: true, data: [exampleTest] },
      },
    },
  },
  "GET /api/apps/:id/badge.svg": {
    id: "showBadge",
    tag: "Apps",
    summary: "Show how an app stands, as a picture",
    description:
      "An app's `badge_url` names a key, with which no credentials are needed: a README's pictures are fetched without. `passing`, `failed`, `deploying` or `never deployed`.",
    keyed: true,
    answers: {
      200: {
        description: "The badge.",
        type: "image/svg+xml",
        schema: z.string(),
        headers: ["ETag"],
        example: '<svg xmlns="http://www.w3.org/2000/svg" width="97" height="20" role="img">…</svg>',
      },
      304: { description: "It is as `If-None-Match` says.", headers: ["ETag"] },
    },
  },
  "GET /api/apps/:id/metrics": { id: "showAppMetrics", summary: "Show the metrics of an app", ...metrics },
  "GET /api/metrics": {
    id: "showMetrics",
    summary: "Show the metrics of all apps",
    description: "Of those that the caller may read.",
    ...metrics,
  },
} as const satisfies SomeOperations;
