import { parseTemplate } from "@slipway/local-aws/template/template";
import * as z from "zod";
import { localZoneId } from "./app-domain.ts";
import type { Options } from "./options.ts";
import type { Assembly } from "./synth.ts";

/** What the template is made for, as `-c` says it. */
export function contextOf({ name, domain, privateNames }: Options): {
  readonly context?: Readonly<Record<string, string>>;
} {
  const context = {
    ...(name === null ? {} : { name }),
    ...(domain === null ? {} : { domain, hostedZoneId: localZoneId }),
    ...(privateNames ? { privateNames: "true" } : {}),
  };
  return Object.keys(context).length === 0 ? {} : { context };
}

/** Template parameters whose values differ from the defaults in local mode. */
export function parametersOf(options: Options, publicUrl: string): Record<string, string> {
  return {
    AuthMode: options.auth,
    AllowedOrigins: options.allowedOrigins.join(","),
    LocalRepositories: "allowed",
    LocalEndpoints: "allowed",
    MailFrom: "slipway@localhost",
    ...(options.domain === null ? { AppUrl: publicUrl.replace("://localhost", "://{name}.localhost") } : {}),
    PublicUrl: publicUrl,
    GitHubUrl: options.gitHubUrl,
    GitHubApiUrl: options.gitHubApiUrl,
  };
}

/** The logical id of what GitHub signs its webhooks with: an output of the template names it. */
export function webhookSecretOf({ template }: Assembly): string {
  const named = z.object({ Ref: z.string() }).safeParse(parseTemplate(template).Outputs.WebhookSecretArn?.Value);
  if (!named.success) throw new Error("The template's output WebhookSecretArn names no secret.");
  return named.data.Ref;
}
