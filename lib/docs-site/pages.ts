/** The pages of the site in their groups, by path in the repository. */
export const groups: readonly { readonly title: string; readonly paths: readonly string[] }[] = [
  { title: "Start", paths: ["README.md", "docs/tutorial.md", "docs/how-to.md", "docs/troubleshooting.md"] },
  {
    title: "Guides",
    paths: [
      "docs/webhooks.md",
      "docs/github.md",
      "docs/notifications.md",
      "docs/embedding.md",
      "docs/metrics.md",
      "docs/usage.md",
      "docs/domains.md",
    ],
  },
  {
    title: "Reference",
    paths: [
      "docs/cli.md",
      "docs/api.md",
      "docs/limits.md",
      "docs/costs.md",
      "docs/accessibility.md",
      "docs/glossary.md",
    ],
  },
  {
    title: "Operate",
    paths: [
      "docs/network.md",
      "docs/upgrade.md",
      "docs/runbook.md",
      "docs/scale.md",
      "docs/security.md",
      "docs/smoke.md",
      "docs/proven.md",
      "SECURITY.md",
    ],
  },
  {
    title: "Inside",
    paths: [
      "docs/architecture.md",
      "docs/decisions/README.md",
      "docs/opinions.md",
      "docs/performance.md",
      "docs/soak.md",
      "CONTRIBUTING.md",
      "CHANGELOG.md",
    ],
  },
];

const names: Readonly<Record<string, string>> = {
  "README.md": "",
  "SECURITY.md": "security-policy",
  "docs/decisions/README.md": "decisions",
};

/** A page's address below `/docs`; `""`: the first one's. */
export const slugOf = (path: string): string =>
  names[path] ??
  path
    .replace(/^docs\//, "")
    .replace(/\.md$/, "")
    .toLowerCase();

/** The address of a page. */
export const addressOf = (path: string): string => (slugOf(path) === "" ? "/docs" : `/docs/${slugOf(path)}`);
