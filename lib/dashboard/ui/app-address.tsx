import type { App } from "@slipway/monitor/client";
import { Lock } from "lucide-react";
import { ExternalLink } from "./external-link.tsx";

/** Where an app is reached. An internal one only by other apps, and one that is not live by nobody: these are no links. */
export function AppAddress({
  app: { url, internal, live_deployment_id },
}: {
  app: Pick<App, "url" | "internal" | "live_deployment_id">;
}) {
  if (url === null) return null;
  if (live_deployment_id === null)
    return (
      <span className="truncate" title="Its address, once it is live">
        {url.replace(/^https?:\/\//, "")}
      </span>
    );
  if (!internal) return <ExternalLink href={url} />;
  return (
    <span className="inline-flex min-w-0 items-center gap-1" title={`Only your other apps reach ${url}`}>
      <Lock size={13} role="img" aria-label="Internal" className="shrink-0" />
      <span className="truncate">{url}</span>
    </span>
  );
}
