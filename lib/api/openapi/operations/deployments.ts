import * as z from "zod";
import { enveloped, paged } from "../../../contract/answers/common.ts";
import { changesSchema, deploymentSchema, logPageSchema } from "../../../contract/answers/deployments.ts";
import { deploymentUsageSchema } from "../../../contract/answers/usage.ts";
import {
  approveSchema,
  createDeploymentSchema,
  listDeploymentsSchema,
  readLogByIdSchema,
  readLogSchema,
  reasonSchema,
  retrySchema,
  rollbackSchema,
} from "../../../contract/requests.ts";
import { exampleChanges, exampleDeployment, exampleDeploymentUsage, exampleLine } from "../examples.ts";
import type { ApiOperation, SomeOperations, Success } from "../operation.ts";

const bare = (description: string): Success => ({ description, schema: deploymentSchema, example: exampleDeployment });

/** The deployment is answered bare, as all that is done to deployments is. */
const created: ApiOperation["answers"] = {
  200: bare("The deployment of an earlier request with the same Idempotency-Key."),
  201: bare("The new deployment."),
};

const log: ApiOperation["answers"] = {
  200: [
    {
      description: "The lines after the cursor. With `Accept: text/plain`, the whole log as a file.",
      schema: logPageSchema,
      example: { success: true, next_cursor: 12, complete: false, expired: false, data: [exampleLine] },
    },
    { description: "The whole log.", type: "text/plain", schema: z.string(), example: exampleLine.line },
  ],
};

export const changes: Success = {
  description: "The changes.",
  schema: enveloped(changesSchema),
  example: { success: true, data: exampleChanges },
};

const reason = { body: reasonSchema, needsBody: false, example: { body: { reason: "The wrong branch" } } } as const;

export const deploymentOperations = {
  "GET /api/deployments": {
    id: "listDeployments",
    tag: "Deployments",
    summary: "List deployments",
    description: "Newest first. Without `appId`, the deployments of all apps that the caller has access to.",
    query: listDeploymentsSchema,
    example: { query: { appId: "1", limit: "10" } },
    answers: {
      200: {
        description: "A page of deployments.",
        schema: paged(deploymentSchema),
        example: { success: true, next_cursor: null, data: [exampleDeployment] },
      },
    },
    errors: ["app_not_found"],
  },
  "POST /api/deployments": {
    id: "createDeployment",
    tag: "Deployments",
    summary: "Deploy an app",
    description:
      "If the repository or branch does not exist, the request succeeds and the deployment fails. `commit_hash` and `commit_message` are empty until they are known.",
    body: createDeploymentSchema,
    example: { body: { appId: 1 } },
    idempotent: true,
    answers: created,
    errors: ["app_not_found", "deployment_not_found", "release_not_kept", "frozen"],
  },
  "GET /api/deployments/:id": {
    id: "showDeployment",
    tag: "Deployments",
    summary: "Show a deployment",
    answers: {
      200: {
        description: "The deployment.",
        schema: enveloped(deploymentSchema),
        example: { success: true, data: exampleDeployment },
      },
    },
  },
  "GET /api/deployments/:id/changes": {
    id: "showDeploymentChanges",
    tag: "Deployments",
    summary: "Show what a deployment changes",
    description:
      "Commits and settings against the release that was live before it; before it has begun, against the one that is live now.",
    answers: { 200: changes },
  },
  "GET /api/deployments/:id/usage": {
    id: "showDeploymentUsage",
    tag: "Deployments",
    summary: "Compare the running app before and after a deployment",
    description:
      "30 minutes of the release that was live before, and 30 minutes of this one. While a rolling release is under way, both versions are counted together.",
    answers: {
      200: {
        description: "Both, as far as they were measured.",
        schema: enveloped(deploymentUsageSchema),
        example: { success: true, data: exampleDeploymentUsage },
      },
    },
    errors: ["usage_unavailable"],
  },
  "GET /api/deployments/:id/logs": {
    id: "readLog",
    tag: "Deployments",
    summary: "Read a log",
    description:
      "For clients without a WebSocket, `wait` enables long polling: the response is sent when there are new lines or the log is complete. If too many long polls are open, the response is sent immediately, without lines and with `complete` false; wait a second before the next request. With `Accept: text/plain`, returns the whole log as a file.",
    query: readLogSchema,
    example: { query: { after: "0", limit: "100" } },
    answers: log,
  },
  "GET /api/deployments/logs": {
    id: "readLogById",
    tag: "Deployments",
    summary: "Read a log by deployment ID",
    description: "The URL of the WebSocket. Without an upgrade, it responds like `GET /api/deployments/{id}/logs`.",
    query: readLogByIdSchema,
    example: { query: { id: "1" } },
    answers: log,
    errors: ["deployment_not_found"],
  },
  "POST /api/deployments/:id/cancel": {
    id: "cancelDeployment",
    tag: "Deployments",
    summary: "Cancel a deployment",
    description:
      "The deployment becomes `cancelled` once everything it started has stopped, and can still end with `success`. Repeated requests get the same response.",
    ...reason,
    answers: { 202: bare("The deployment, with `cancel_requested_at`.") },
    errors: ["already_finished"],
  },
  "POST /api/deployments/:id/retry": {
    id: "retryDeployment",
    tag: "Deployments",
    summary: "Retry a deployment",
    description:
      "Creates a deployment of the same commit with the same configuration. The deployment must be `failed`, `cancelled` or `superseded`.",
    body: retrySchema,
    needsBody: false,
    example: { body: { reason: "The registry is back" } },
    idempotent: true,
    answers: created,
    errors: ["app_not_found", "stage_conflict", "release_not_kept", "secrets_not_kept", "frozen"],
  },
  "POST /api/deployments/:id/rollback": {
    id: "rollbackDeployment",
    tag: "Deployments",
    summary: "Roll back to a deployment",
    description:
      "Creates a deployment that releases the same image with the settings and secrets it was released with, without a build or an approval. The app's settings stay as they are: `pending_changes` of the app lists the differences.",
    body: rollbackSchema,
    needsBody: false,
    example: { body: { reason: "The wrong branch" } },
    idempotent: true,
    answers: created,
    errors: ["app_not_found", "release_not_kept", "frozen"],
  },
  "POST /api/deployments/:id/approve": {
    id: "approveDeployment",
    tag: "Deployments",
    summary: "Approve a release",
    body: approveSchema,
    needsBody: false,
    example: { body: { reason: "Checked on staging" } },
    answers: { 200: bare("The deployment.") },
    errors: ["not_an_approver", "stage_conflict", "frozen"],
  },
  "POST /api/deployments/:id/reject": {
    id: "rejectDeployment",
    tag: "Deployments",
    summary: "Reject a release",
    ...reason,
    answers: { 200: bare("The deployment, which becomes `cancelled`.") },
    errors: ["not_an_approver", "stage_conflict"],
  },
  "GET /api/events": {
    id: "watchEvents",
    tag: "Deployments",
    summary: "Watch all deployments",
    description: "A WebSocket, described in /api/asyncapi.json. Requests without an upgrade are rejected.",
    answers: {},
    errors: ["websocket_required"],
  },
} as const satisfies SomeOperations;
