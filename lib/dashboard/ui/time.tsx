import { formatDuration } from "@slipway/monitor/client";
import { useEffect, useState } from "react";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** "3 min. ago", which goes on by itself; the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={at} title={absolute.format(new Date(at))} className="whitespace-nowrap">
      {ago((Date.parse(at) - now) / 1000)}
    </time>
  );
}

/** The seconds since then, which go on. */
export function Elapsed({ since }: { since: string }) {
  return formatDuration(secondsSince(since, useNow(1_000)));
}

/** Whole seconds from then to `now`; a clock that is behind the server's makes no negative ones. */
const secondsSince = (since: string, now: number): number => Math.max(0, Math.floor((now - Date.parse(since)) / 1000));

/** The time, updated every so often. */
function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

function ago(seconds: number): string {
  if (seconds > -10) return "just now";
  if (seconds > -60) return relative.format(Math.round(seconds), "second");
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), "minute");
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}
