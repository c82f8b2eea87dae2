import { CloudOff } from "lucide-react";
import { useReachable } from "../api/reachability.ts";

/** Shown while nobody answers. It goes by itself, since everything shown is asked for again. */
export function UnreachableBanner() {
  const reachable = useReachable();
  return (
    <div role="status">
      {!reachable && (
        <p className="flex items-center justify-center gap-2 border-b bg-warning-soft px-4 py-2 text-center text-warning">
          <CloudOff size={16} aria-hidden className="shrink-0" />
          Can't reach Slipway. Data may be out of date. Retrying…
        </p>
      )}
    </div>
  );
}
