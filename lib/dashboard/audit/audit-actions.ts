import type { AuditEntry } from "@slipway/monitor/client";
import { type Difference, differenceLines, differenceWords } from "@slipway/text/differences";

/** What somebody did, as it stands before what they did it to. */
const actions: Readonly<Record<string, string>> = {
  "app.create": "created",
  "app.change": "changed the settings of",
  "app.delete": "deleted",
  "app.unpin": "unpinned",
  "app.redeploy": "redeployed",
  "app.domain_retry": "retried a domain of",
  "deployment.create": "requested deployment",
  "deployment.cancel": "cancelled deployment",
  "deployment.retry": "retried, as deployment",
  "deployment.rollback": "rolled back, as deployment",
  "deployment.approve": "approved deployment",
  "deployment.reject": "rejected deployment",
  "run.create": "ran a command in",
  "run.cancel": "cancelled a command of",
  "token.create": "created a token",
  "token.invite": "invited, with a token",
  "invite.accept": "accepted an invitation",
  "token.revoke": "revoked a token",
  "github.connect": "connected a GitHub App",
  "github.forget": "forgot the GitHub App",
  "freeze.begin": "froze deployments",
  "freeze.end": "ended the freeze of deployments",
  "session.begin": "signed in",
};

/** An audit action in words; one that this dashboard does not know yet, by its name. */
export const auditWordsOf = ({ action }: AuditEntry): string => actions[action] ?? action;

const labels: Readonly<Record<string, string>> = {
  fields: "Settings",
  changes: "Settings",
  commit_hash: "Commit",
  branch: "Branch",
  rollback_of: "Release of",
  from_deployment: "Promoted from",
  of: "Of deployment",
  reason: "Reason",
  override: "Freeze overridden",
  until: "Until",
  run_id: "Run",
  program: "Program",
  token_id: "Token",
  name: "Name",
  role: "Role",
  apps: "Apps",
  slug: "App at GitHub",
  owner: "Owner",
};

/** What else was said, in a line: `Reason: hotfix · Branch: main`. */
export function detailsOf({ details }: AuditEntry): string {
  const isChange = Array.isArray(details.changes);
  return Object.entries(details)
    .filter(([name]) => !(name === "fields" && isChange))
    .flatMap(([name, value]) => (value === null ? [] : [`${labels[name] ?? name}: ${shown(name, value)}`]))
    .join(" · ");
}

function shown(name: string, value: unknown): string {
  if (name === "changes" && Array.isArray(value)) return value.length === 0 ? "none" : value.map(inWords).join(", ");
  if (Array.isArray(value)) return value.join(", ");
  return name === "commit_hash" ? String(value).slice(0, 7) : String(value);
}

const inWords = (difference: Difference): string => differenceLines(difference).map(differenceWords).join(", ");
