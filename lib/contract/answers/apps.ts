import * as z from "zod";
import { settingsSchema } from "../../core/app.ts";
import { stageSchema } from "../../core/deployment/stage.ts";
import { endpointTypeSchema } from "../../core/notices/endpoint.ts";
import { releaseRecordSchema } from "../../core/ports/release-records.ts";
import { id, timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

const endpointSchema = z
  .object({
    id: z.string(),
    type: endpointTypeSchema,
    events: z.array(stageSchema).describe("The stages of a deployment that it is told of."),
    host: z.string().describe("Of the address."),
    to: z.string().nullable().describe("Of an e-mail the address."),
    failing_since: timestamp.nullable().describe("`null`: it works, as far as is known."),
    last_error: z.string().nullable(),
    last_sent_at: timestamp.nullable(),
  })
  .meta({ id: "Endpoint", description: "Where an app's notices go. The address itself is never shown again." });

export const endpointTestSchema = z
  .object({
    id: z.string(),
    type: endpointTypeSchema,
    host: z.string(),
    ok: z.boolean(),
    answer: z.string().describe("A sentence."),
  })
  .meta({ id: "EndpointTest", description: "What an endpoint answered when it was sent a test." });
export type ShownEndpointTest = Shown<typeof endpointTestSchema>;

export const appSchema = z
  .object({
    id,
    ...settingsSchema.shape,
    approvers: z.array(z.string()).describe("As they were written: names of tokens, or `token#<id>`."),
    approver_ids: z
      .array(z.string())
      .describe("Whom `approvers` meant when they were saved. A later token of the same name is somebody else."),
    secrets: z.array(z.string()).describe("Names only."),
    build_secrets: z.array(z.string()).describe("Names only."),
    git_token: z.boolean().describe("Whether the app has a Git token of its own; the token is never shown."),
    notifications: z.array(endpointSchema),
    github: endpointSchema
      .pick({ failing_since: true, last_error: true, last_sent_at: true })
      .nullable()
      .describe("How telling GitHub of the app's deployments goes; `null`: it was never told of one."),
    url: z.string().nullable(),
    direct_url: z.string().nullable().describe("The load balancer's address with the app's own port."),
    live_deployment_id: id.nullable(),
    pinned: z.boolean().describe("Pushes end `superseded` until an explicit deployment, or until it is unpinned."),
    pinned_by: z.string().nullable().describe("Who rolled it back."),
    webhook_url: z.string().nullable(),
    badge_url: z
      .string()
      .nullable()
      .describe(
        "A picture of how the app stands, for which nobody needs credentials. A path where the installation does not know its own address; `null` for an app from before there were badges, until its settings change.",
      ),
    created_at: timestamp,
  })
  .meta({ id: "App", description: "An app, its settings and where it is reached." });
export type ShownApp = Shown<typeof appSchema>;

export const releaseSchema = z
  .object({
    ...releaseRecordSchema.omit({ app_id: true }).shape,
    released_at: timestamp,
    live: z.boolean(),
  })
  .meta({ id: "Release", description: "A release that is kept, so that it can be released again." });
export type ShownRelease = Shown<typeof releaseSchema>;
