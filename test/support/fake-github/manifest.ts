import { randomBytes } from "node:crypto";
import * as z from "zod";
import { appKey } from "../github-app.ts";

const manifestSchema = z.strictObject({
  name: z.string().min(1).max(34),
  url: z.url(),
  hook_attributes: z.strictObject({ url: z.url(), active: z.boolean() }).optional(),
  redirect_url: z.url(),
  setup_url: z.url(),
  callback_urls: z.array(z.url()).max(10),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(["read", "write"])),
  default_events: z.array(z.string()).optional(),
});

/** An app that was made and whose code nobody has exchanged yet. */
export interface PendingApp {
  readonly publicKey: string;
  readonly conversion: Readonly<Record<string, unknown>> & { readonly id: number; readonly slug: string };
}

/** What GitHub does with the form: makes the app, and leads back with a code and the state. Throws for a manifest it would refuse. */
export function makeApp(form: string, path: string, state: string | null, url: string) {
  const manifest = manifestSchema.parse(JSON.parse(new URLSearchParams(form).get("manifest") ?? ""));
  if (manifest.hook_attributes !== undefined && /localhost|127\.0\.0\.1/.test(manifest.hook_attributes.url))
    throw new Error("Hook url is not reachable over the public Internet");
  const { privateKey, publicKey } = appKey();
  const owner = /^\/organizations\/([^/]+)\//.exec(path)?.[1] ?? "ada";
  const slug = manifest.name.toLowerCase().replaceAll(" ", "-");
  const code = randomBytes(20).toString("hex");
  const conversion = {
    id: 4711,
    slug,
    node_id: "MDM6",
    owner: { login: owner },
    name: manifest.name,
    html_url: `${url}/apps/${slug}`,
    client_id: "Iv23.made",
    client_secret: "made-client-secret",
    webhook_secret: manifest.hook_attributes === undefined ? null : "made-webhook-secret",
    pem: privateKey,
    permissions: manifest.default_permissions,
    events: manifest.default_events ?? [],
  };
  const location = `${manifest.redirect_url}?${new URLSearchParams({ code, state: state ?? "" })}`;
  const made: PendingApp = { publicKey, conversion };
  return { made, code, location };
}
