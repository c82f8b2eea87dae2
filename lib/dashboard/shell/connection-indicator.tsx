import { type LiveState, useLiveState } from "../api/live-feed.tsx";
import { useReachable } from "../api/reachability.ts";
import { Hint } from "../ui/button.tsx";

const states: Readonly<Record<LiveState, { word: string; sentence: string; dot: string }>> = {
  connecting: { word: "Connecting", sentence: "Connecting to live updates.", dot: "bg-muted" },
  connected: { word: "Live", sentence: "This page updates live.", dot: "bg-success" },
  reconnecting: {
    word: "Reconnecting",
    sentence: "Live updates are disconnected. Reconnecting; this page refreshes every few seconds.",
    dot: "bg-warning",
  },
  polling: {
    word: "Polling",
    sentence: "WebSockets are blocked on this network. This page refreshes every few seconds.",
    dot: "bg-warning",
  },
  refused: { word: "Not live", sentence: "Your session can't receive live updates. Sign in again.", dot: "bg-danger" },
};

/** Whether the dashboard gets changes at once. */
export function ConnectionIndicator() {
  const isReachable = useReachable();
  const { word, sentence, dot } = states[useLiveState()];
  // The banner says it then.
  if (!isReachable) return null;
  return (
    <Hint text={sentence}>
      <button type="button" className="flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-xs text-muted">
        <span className={`size-2 rounded-full ${dot}`} aria-hidden />
        <span className="max-sm:sr-only">{word}</span>
      </button>
    </Hint>
  );
}
