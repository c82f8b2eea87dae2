import { type AppUsage, markerWords, type UsageMarker } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import { Link } from "react-router";
import { timeWords } from "./time.ts";

/** What happened meanwhile, in words, newest first. */
export function UsageMarkers({ usage }: { usage: AppUsage }) {
  if (usage.markers.length === 0) return null;
  return (
    <section aria-labelledby="events" className="grid gap-2">
      <h3 id="events" className="font-semibold">
        Releases and alarms
      </h3>
      <ul className="divide-y rounded-box border">
        {usage.markers.toReversed().map((marker) => (
          <MarkerRow key={`${marker.kind} ${marker.at} ${marker.deployment_id}`} marker={marker} usage={usage} />
        ))}
      </ul>
    </section>
  );
}

function MarkerRow({ marker, usage: { period_seconds } }: { marker: UsageMarker; usage: AppUsage }) {
  const { kind, at, deployment_id, stage, text } = marker;
  const isBad = kind === "alarm" || stage === "failed";
  return (
    <li className="grid gap-0.5 px-4 py-2">
      <p className="flex flex-wrap gap-x-3">
        <time dateTime={at} className="text-muted">
          {timeWords(Date.parse(at), period_seconds)}
        </time>
        {deployment_id === null ? (
          <span className={isBad ? "text-danger" : ""}>{markerWords(marker)}</span>
        ) : (
          <Link
            to={`/deployments/${deployment_id}`}
            className={`hover:underline ${isBad ? "text-danger" : "text-accent"}`}
          >
            {markerWords(marker)}
          </Link>
        )}
      </p>
      {isBad && <p className="line-clamp-3 text-muted wrap-anywhere">{inlineText(text)}</p>}
    </li>
  );
}
