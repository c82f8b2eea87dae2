import { type LiveState, useLiveState } from "../api/live-feed.tsx";
import { Hint } from "../ui/button.tsx";

const states: Readonly<Record<LiveState, { word: string; sentence: string; dot: string }>> = {
  connecting: { word: "Connecting", sentence: "Connecting to the live feed.", dot: "bg-muted" },
  connected: { word: "Live", sentence: "Everything shown here moves by itself.", dot: "bg-success" },
  reconnecting: {
    word: "Reconnecting",
    sentence: "The live feed was lost. It is tried again, and everything is read anew every few seconds.",
    dot: "bg-warning",
  },
  polling: {
    word: "Polling",
    sentence: "WebSockets do not get through here. Everything is read anew every few seconds.",
    dot: "bg-warning",
  },
  refused: { word: "Not live", sentence: "The live feed refuses this session. Sign in again.", dot: "bg-danger" },
};

/** Whether the dashboard is told of changes at once. */
export function ConnectionIndicator() {
  const { word, sentence, dot } = states[useLiveState()];
  return (
    <Hint text={sentence}>
      <button type="button" className="flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-xs text-muted">
        <span className={`size-2 rounded-full ${dot}`} aria-hidden />
        <span className="max-sm:sr-only">{word}</span>
      </button>
    </Hint>
  );
}
