import * as z from "zod";
import { settingsSchema } from "../../core/app.ts";
import { appHealthSchema, seenTaskSchema } from "../../core/app-status.ts";
import { releaseRecordSchema } from "../../core/deployment/release-record.ts";
import { domainStateSchema } from "../../core/domains/domains.ts";
import { endpointTypeSchema, noticeEventSchema } from "../../core/endpoint.ts";
import { id, timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

const endpointSchema = z
  .object({
    id: z.string(),
    type: endpointTypeSchema,
    events: z
      .array(noticeEventSchema)
      .describe(
        "What it is notified of: stages of deployments, and `run_failed`, a run of a cron that failed or did not start.",
      ),
    host: z.string().describe("The host of its URL."),
    to: z.string().nullable().describe("Its e-mail address; otherwise `null`."),
    failing_since: timestamp
      .nullable()
      .describe("Since when notifications fail; `null`: they don't, as far as is known."),
    last_error: z.string().nullable(),
    last_sent_at: timestamp.nullable(),
  })
  .meta({ id: "Endpoint", description: "A notification endpoint of an app. Its URL is never returned." });

export const endpointTestSchema = z
  .object({
    id: z.string(),
    type: endpointTypeSchema,
    host: z.string(),
    ok: z.boolean(),
    answer: z.string().describe("A sentence."),
  })
  .meta({ id: "EndpointTest", description: "The result of a test notification." });
export type ShownEndpointTest = Shown<typeof endpointTestSchema>;

const domainSchema = z
  .object({
    name: z.string(),
    state: domainStateSchema,
    records: z
      .array(z.object({ type: z.string(), name: z.string(), value: z.string() }))
      .describe(
        "What to create at the DNS provider: the record that proves ownership, and the one that leads to the app.",
      ),
    reason: z.string().nullable().describe("Why it failed, or what it waits for besides its records; a sentence."),
  })
  .meta({ id: "Domain", description: "A domain of an app. Its certificate is renewed as long as its records exist." });
export type ShownDomain = Shown<typeof domainSchema>;

export const installationDomainSchema = z
  .object({
    name: z.string().nullable().describe("`null`: apps have ports and no names."),
    hosted: z.boolean().describe("Whether the records are in a hosted zone, where Slipway keeps them."),
    records: z
      .array(z.object({ type: z.string(), name: z.string(), value: z.string() }))
      .describe(
        "Known once an app was released: the record for all names, and those of apps on another load balancer.",
      ),
  })
  .meta({ id: "InstallationDomain", description: "The domain below which apps have their names." });
export type ShownInstallationDomain = Shown<typeof installationDomainSchema>;

export const domainsSchema = z.object({ domains: z.array(domainSchema) });

export const appSchema = z
  .object({
    id,
    ...settingsSchema.omit({ secret_versions: true, build_secret_versions: true }).shape,
    port: settingsSchema.shape.port.describe("If it is in `from_image`: what is used where the image exposes no port."),
    health_check_path: settingsSchema.shape.health_check_path.describe(
      "If it is in `from_image`: what is used where the image's `HEALTHCHECK` requests no path.",
    ),
    from_image: settingsSchema.shape.from_image.describe(
      "The settings that were not given, or given as `null`: each release takes them from its image.",
    ),
    approvers: z.array(z.string()).describe("As they were entered: names of tokens, or `token#<id>`."),
    approver_ids: z
      .array(z.string())
      .describe(
        "The identities of `approvers` when they were saved. A later token of the same name has another identity.",
      ),
    secrets: z.array(z.string()).describe("Names only."),
    build_secrets: z.array(z.string()).describe("Names only."),
    git_token: z.boolean().describe("Whether the app has a Git token of its own; the token is never shown."),
    domains: z.array(domainSchema),
    former_names: z
      .array(z.object({ name: z.string(), until: timestamp }))
      .describe("Names that it had, which redirect to its present one and are reserved until then."),
    notifications: z.array(endpointSchema),
    github: endpointSchema
      .pick({ failing_since: true, last_error: true, last_sent_at: true })
      .nullable()
      .describe("Whether deployments are reported to GitHub successfully; `null`: nothing was reported yet."),
    url: z
      .string()
      .nullable()
      .describe(
        "The URL at which the app responds. A new `name` takes effect with the next release, but not with a rollback.",
      ),
    direct_url: z
      .string()
      .nullable()
      .describe("The load balancer's address with the app's own port; `null`: with a domain it has none."),
    live_deployment_id: id.nullable(),
    pending_changes: z
      .array(z.string())
      .describe("Names of settings that the live release does not have yet: they take effect with the next one."),
    warnings: z
      .array(z.string())
      .describe("What deserves attention although nothing is wrong, in sentences that say what to do."),
    health: appHealthSchema
      .nullable()
      .describe("As in `GET /api/apps/{id}/status`; `null`: AWS did not respond in time."),
    pinned: z.boolean().describe("New pushes are skipped (`superseded`) until someone deploys or unpins this app."),
    pinned_by: z.string().nullable().describe("Who rolled it back."),
    paused: z
      .object({ by: z.string(), at: timestamp })
      .nullable()
      .describe("Who turned off automatic deploys, and when; `null` while pushes are deployed, or if it is not known."),
    webhook_url: z.string().nullable(),
    badge_url: z
      .string()
      .nullable()
      .describe(
        "An image with the state of the app; it needs no credentials. A path if the installation does not know its own URL; `null` for an app that is older than badges, until its settings change.",
      ),
    created_at: timestamp,
  })
  .meta({ id: "App", description: "An app, its settings, and its URLs." });
export type ShownApp = Shown<typeof appSchema>;

export const appStatusSchema = z
  .object({ health: appHealthSchema, tasks: z.array(seenTaskSchema) })
  .meta({ id: "AppStatus", description: "The current state of an app and its tasks." });
export type ShownAppStatus = Shown<typeof appStatusSchema>;

export const appLogLineSchema = z
  .object({
    line: z.string().describe("Ends in one line feed."),
    timestamp,
    stream: z.enum(["stdout", "stderr"]).nullable().describe("`null`: the log driver of ECS merges both."),
    process: z.string(),
    task: z.string().describe("Its id in ECS."),
    deployment_id: id.nullable().describe("Of which release it is."),
    cursor: z.string().describe("Opaque. Pass it as `after` or `before`."),
  })
  .meta({ id: "AppLogLine", description: "A line that an app printed." });
export type ShownAppLogLine = Shown<typeof appLogLineSchema>;

export const appLogPageSchema = z.object({
  success: z.literal(true),
  next_cursor: z.string().describe("Pass it as `after` to continue; always present."),
  previous_cursor: z.string().nullable().describe("Pass it as `before` to go back; `null`: nothing is before."),
  complete: z.boolean().describe("Nothing follows: `until` has passed, and all was read."),
  since: timestamp.describe("Start of the period that was searched: `since`, or as far back as lines are kept."),
  until: timestamp.nullable(),
  data: z.array(appLogLineSchema),
});

export const releaseSchema = z
  .object({
    ...releaseRecordSchema.omit({ app_id: true, image_app_id: true, task_definitions: true }).shape,
    released_at: timestamp,
    live: z.boolean(),
  })
  .meta({ id: "Release", description: "A release whose image is kept, so that you can roll back to it." });
export type ShownRelease = Shown<typeof releaseSchema>;
