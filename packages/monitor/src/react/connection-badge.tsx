import type { ConnectionState } from "../client/index.ts";
import { Button } from "./ui/button.tsx";
import { rootClass } from "./ui/root-class.ts";

const looks: Readonly<Record<ConnectionState, { words: string; dot: string }>> = {
  connecting: { words: "Connecting…", dot: "sw:bg-muted sw:motion-safe:animate-pulse" },
  connected: { words: "Connected", dot: "sw:bg-success" },
  polling: { words: "Live (polling)", dot: "sw:bg-warning" },
  reconnecting: { words: "Reconnecting…", dot: "sw:bg-warning sw:motion-safe:animate-pulse" },
  refused: { words: "Refused", dot: "sw:bg-danger" },
  finished: { words: "Log complete", dot: "sw:bg-muted" },
};

interface Props {
  connection: ConnectionState;
  /** Tries again now; offered while it is not connected. */
  onReconnect?: (() => void) | undefined;
  className?: string;
}

/** Whether what is shown is live. */
export function ConnectionBadge({ connection, onReconnect, className }: Props) {
  const { words, dot } = looks[connection];
  return (
    <span className={rootClass(className)}>
      <span className="sw:inline-flex sw:items-center sw:gap-2 sw:text-xs sw:whitespace-nowrap sw:text-muted">
        <span role="status" className="sw:inline-flex sw:items-center sw:gap-1.5" data-connection={connection}>
          <span className={`sw:size-2 sw:rounded-full ${dot}`} aria-hidden />
          {words}
        </span>
        {connection === "reconnecting" && onReconnect !== undefined && <Button onClick={onReconnect}>Try now</Button>}
      </span>
    </span>
  );
}
