import { pinnedWarning } from "../contract/pinned.ts";
import type { App } from "../core/app.ts";
import { pendingChanges } from "../core/configuration/differences.ts";
import { bakeSeconds, isWatched } from "../core/deployment/bake.ts";

/** What about an app deserves attention, though nothing is wrong: a sentence with what to do, or `null`. */
type Warning = (app: App) => string | null;

/** A load balancer's figures come a minute or two late, and one has to be bad twice: decision 0009. */
const seenAfterSeconds = 3 * 60;

const warnings: readonly Warning[] = [
  ({ settings }) => {
    const isAsked = settings.alarms.error_percent !== null || settings.alarms.latency_ms !== null;
    const bake = bakeSeconds(settings.strategy);
    if (!isAsked || !isWatched(settings) || bake >= seenAfterSeconds) return null;
    return `Releases bake for ${bake / 60} minutes, and alarms need up to ${seenAfterSeconds / 60} to see a bad one. Let them bake for 5.`;
  },
  ({ settings }) =>
    settings.keep_releases === 1
      ? "Only the live release is kept, so there is none to roll back to. Set keepReleases to 2 or more."
      : null,
  (app) => {
    const waiting = pendingChanges(app);
    if (!app.pinned || waiting.length === 0) return null;
    return `${pinnedWarning} Settings that differ take effect with the next deployment: ${waiting.join(", ")}. Check them before you unpin it.`;
  },
];

/** The warnings of an app, in the order of the table. */
export const warningsOf = (app: App): readonly string[] => warnings.flatMap((warning) => warning(app) ?? []);
