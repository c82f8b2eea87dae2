import type { App } from "@slipway/monitor/client";
import { Copyable } from "../ui/copyable.tsx";

/** The badge of an app, and what a README says to show it. */
export function Badge({ app }: { app: App }) {
  return (
    <section aria-labelledby="badge" className="grid grid-cols-1 gap-2 border-t pt-4">
      <h3 id="badge" className="font-semibold">
        Badge
      </h3>
      {app.badge_url === null ? (
        <p className="text-muted">This app is older than badges. Save its settings to get one.</p>
      ) : (
        <ShownBadge name={app.name} url={new URL(app.badge_url, location.origin).href} />
      )}
    </section>
  );
}

function ShownBadge({ name, url }: { name: string; url: string }) {
  // The picture comes from this page's own address, whatever the installation calls itself: others may not be shown here.
  const { pathname, search } = new URL(url);
  const page = `${location.origin}${location.pathname.split("/settings/")[0]}`;
  return (
    <>
      <p className="text-muted">
        The status of the latest deployment. Anyone who knows this URL can see it, and nothing else.
      </p>
      <img
        src={`${pathname}${search}`}
        alt={`Status of ${name}`}
        height={20}
        className="h-5 w-auto justify-self-start"
      />
      <Copyable text={`[![${name}](${url})](${page})`} what="the Markdown of the badge" />
    </>
  );
}
