/** What a GitHub App is made from, as GitHub reads it. */
export interface Manifest {
  readonly name: string;
  readonly url: string;
  readonly hook_attributes?: { readonly url: string; readonly active: true };
  readonly redirect_url: string;
  readonly setup_url: string;
  readonly callback_urls: readonly string[];
  readonly public: false;
  readonly default_permissions: Readonly<Record<string, "read" | "write">>;
  readonly default_events?: readonly string[];
}

/** The page of the dashboard that people come back to. */
const settingsPath = "/settings/github";

/** What the app may do: read code (GitHub adds metadata to everything), say how commits and deployments fare, and no more. */
const permissions = { contents: "read", metadata: "read", statuses: "write", deployments: "write" } as const;

/**
 * The manifest of the app of a control plane at `baseUrl`. GitHub takes no webhook address that it cannot reach, so an
 * app for a laptop is made without webhooks: it reads repositories and sets statuses, but brings no pushes.
 */
export function manifestFor(baseUrl: string, name: string): Manifest {
  const reachable = isPublic(baseUrl);
  return {
    name,
    url: baseUrl,
    ...(reachable ? { hook_attributes: { url: `${baseUrl}/api/webhooks/github`, active: true } } : {}),
    redirect_url: `${baseUrl}${settingsPath}`,
    setup_url: `${baseUrl}${settingsPath}`,
    callback_urls: [`${baseUrl}/api/auth/github/callback`],
    public: false,
    default_permissions: permissions,
    ...(reachable ? { default_events: ["push"] } : {}),
  };
}

/** Whether GitHub can reach an address, as far as it says by itself. */
export function isPublic(baseUrl: string): boolean {
  if (!URL.canParse(baseUrl)) return false;
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "https:" && !/^localhost$|\.localhost$|^127\.|^\[::1\]$|^0\.0\.0\.0$/.test(hostname);
}

/** Where an app is made: by a person for themselves, or for an organization that they administer. */
export function creationUrl(gitHubUrl: string, organization: string | null, state: string): string {
  const whose = organization === null ? "" : `/organizations/${encodeURIComponent(organization)}`;
  return `${gitHubUrl}${whose}/settings/apps/new?${new URLSearchParams({ state })}`;
}
