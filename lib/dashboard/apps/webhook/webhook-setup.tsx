import type { App } from "@slipway/monitor/client";
import { Copyable } from "../../ui/copyable.tsx";
import { Subsection } from "../form/controls.tsx";
import { curlOf, webhookUrlOf } from "./curl.ts";

/** What to type on the Git host, so that a push is deployed by itself. */
export function WebhookSetup({ app }: { app: App }) {
  const url = webhookUrlOf(app, window.location.origin);
  const curl = curlOf(app, url);
  return (
    <Subsection title="Webhook" text={`Slipway deploys pushes to ${app.branch} when the Git host sends a webhook.`}>
      <dl className="grid min-w-0 gap-x-4 gap-y-2 sm:grid-cols-[8rem_minmax(0,1fr)]">
        <dt className="text-muted">Payload URL</dt>
        <dd className="min-w-0">
          <Copyable text={url} what="the webhook's address" />
        </dd>
        <dt className="text-muted">Content type</dt>
        <dd>
          <code className="font-mono text-[0.8125rem]">application/json</code>
        </dd>
        <dt className="text-muted">Secret</dt>
        <dd>
          The signing secret of this installation, in AWS Secrets Manager; in local mode{" "}
          <code className="font-mono text-[0.8125rem]">SLIPWAY_GITHUB_WEBHOOK_SECRET</code>. Ask the person who
          installed Slipway.
        </dd>
        <dt className="text-muted">Events</dt>
        <dd>Just the push event</dd>
      </dl>
      <details className="min-w-0 rounded-box border px-4 py-2">
        <summary className="font-medium">From any other Git host or pipeline</summary>
        <p className="mt-2 text-muted">
          In a checkout of the pushed commit, with the secret in SLIPWAY_WEBHOOK_SECRET:
        </p>
        <div className="my-2 flex min-w-0 items-start gap-2">
          <pre className="min-w-0 flex-1 whitespace-pre-wrap wrap-anywhere font-mono text-[0.8125rem]">{curl}</pre>
          <Copyable text={curl} shown="" what="the commands" />
        </div>
      </details>
    </Subsection>
  );
}
