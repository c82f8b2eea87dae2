import * as z from "zod";

/** The GitHub App of an installation, with all that GitHub gave for it. Only its name and addresses are shown to anybody. */
export const gitHubAppSchema = z.object({
  app_id: z.number().int().positive(),
  /** Its name in addresses. */
  slug: z.string(),
  name: z.string(),
  /** Who it belongs to at GitHub. */
  owner: z.string(),
  /** Its page at GitHub. */
  html_url: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  /** PEM. */
  private_key: z.string(),
  connected_at: z.string(),
});
export type GitHubApp = z.infer<typeof gitHubAppSchema>;

/** The app as people see it, with where it is installed on repositories. */
export function presentGitHubApp({ app_id, slug, name, owner, html_url, connected_at }: GitHubApp) {
  return { app_id, slug, name, owner, html_url, install_url: `${html_url}/installations/new`, connected_at };
}
