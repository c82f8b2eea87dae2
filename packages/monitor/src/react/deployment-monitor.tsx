import { type ReactNode, useEffect, useMemo, useRef } from "react";
import {
  type Client,
  type ConnectionState,
  createClient,
  type Deployment,
  isTerminal,
  stageFacts,
  type WatchError,
} from "../client/index.ts";
import { ConnectionBadge } from "./connection-badge.tsx";
import { ErrorBanner } from "./error-banner.tsx";
import { LogViewer } from "./log/log-viewer.tsx";
import { MonitorHead } from "./monitor-head.tsx";
import { OutcomeBanner } from "./outcome-banner.tsx";
import { Progress } from "./progress.tsx";
import { useClient } from "./provider.tsx";
import { fillingRootClass } from "./root-class.ts";
import { StageTrack } from "./stage-track.tsx";
import { useDeployment } from "./use-deployment.ts";

type Token = string | (() => string | Promise<string>);

interface Props {
  deploymentId: number;
  client?: Client;
  /** Where Slipway is, instead of a client. */
  baseUrl?: string;
  /** An API token, or who gives one, instead of a client. Without one the session's cookie counts. */
  token?: Token;
  /** `auto`: what the page's `color-scheme` says. */
  theme?: "light" | "dark" | "auto";
  className?: string;
  /** The linked line, from 1. Without it the one that the page's address names as `#L12`; `null`: none. */
  line?: number | null;
  lineHref?: (line: number) => string;
  onLineChange?: (line: number) => void;
  /** Called once, when the log is complete. */
  onFinished?: (deployment: Deployment) => void;
  /** Called with each new error. */
  onError?: (error: WatchError) => void;
  /** Shown in the head, at the right. */
  actions?: ReactNode;
}

/** One deployment as it happens: its stages, its progress, its log, and how it ended. */
export function DeploymentMonitor({ deploymentId, theme = "auto", className, actions, ...options }: Props) {
  const client = useOwnClient(options);
  const watched = useDeployment(deploymentId, { client });
  const { deployment, lines, logExpired, connection, error, reconnect } = watched;
  useCallbacks(deploymentId, watched, options);
  const isFinished = connection === "finished";
  return (
    <section
      className={fillingRootClass(className)}
      data-theme={theme === "auto" ? undefined : theme}
      aria-label={`Deployment ${deploymentId}`}
    >
      <div className="sw:@container sw:flex sw:min-h-[32rem] sw:flex-col sw:gap-4 sw:rounded-box sw:border sw:border-line sw:bg-ground sw:p-3 sw:sm:p-4">
        <MonitorHead
          id={deploymentId}
          deployment={deployment}
          badge={<ConnectionBadge connection={connection} onReconnect={reconnect} />}
          actions={actions}
        />
        {deployment === null ? <NotYetKnown connection={connection} /> : <StageTrack deployment={deployment} />}
        {deployment !== null && !isTerminal(deployment.stage) && <Progress deployment={deployment} />}
        {deployment !== null && <OutcomeBanner deployment={deployment} />}
        <ErrorBanner error={error} deployment={deployment} onReconnect={reconnect} />
        {logExpired && <p className="sw:text-sm sw:text-muted">The log was deleted after 90 days.</p>}
        <LogViewer
          key={deploymentId}
          className="sw:min-h-64 sw:flex-1"
          lines={lines}
          complete={isFinished}
          fileName={`deployment-${deploymentId}.log`}
          line={options.line}
          lineHref={options.lineHref}
          onLineChange={options.onLineChange}
        />
        <p className="sw:sr-only" aria-live="polite">
          {deployment !== null && `Deployment ${deploymentId}: ${stageFacts[deployment.stage].label}`}
        </p>
      </div>
    </section>
  );
}

/** Holds the place of the stages, so that nothing moves when they come. */
function NotYetKnown({ connection }: { connection: ConnectionState }) {
  return (
    <div className="sw:flex sw:h-[4.625rem] sw:items-center sw:justify-center sw:text-sm sw:text-muted">
      {connection !== "refused" && "Loading deployment…"}
    </div>
  );
}

/** The client given or provided, or one for the address and token given. A function that gives tokens may be a new one each time. */
function useOwnClient({ client, baseUrl, token }: Pick<Props, "client" | "baseUrl" | "token">): Client {
  const latest = useRef(token);
  useEffect(() => {
    latest.current = token;
  });
  const fixed = typeof token === "string" ? token : undefined;
  const isAsked = typeof token === "function";
  const own = useMemo(() => {
    if (client !== undefined || (baseUrl === undefined && fixed === undefined && !isAsked)) return null;
    const ask = async () => (typeof latest.current === "function" ? latest.current() : (latest.current ?? ""));
    return createClient({ baseUrl, token: isAsked ? ask : fixed });
  }, [client, baseUrl, fixed, isAsked]);
  return useClient(client ?? own);
}

type Watched = ReturnType<typeof useDeployment>;

/** Calls the page back at the end, once for each deployment, and for each error. */
function useCallbacks(
  id: number,
  { deployment, connection, error }: Watched,
  { onFinished, onError }: Pick<Props, "onFinished" | "onError">,
): void {
  const toldOf = useRef<number | null>(null);
  const toldError = useRef<WatchError | null>(null);
  useEffect(() => {
    if (connection !== "finished" || deployment?.id !== id || toldOf.current === id) return;
    toldOf.current = id;
    onFinished?.(deployment);
  }, [id, connection, deployment, onFinished]);
  useEffect(() => {
    const isNew =
      error !== null && (error.code !== toldError.current?.code || error.message !== toldError.current?.message);
    toldError.current = error;
    if (isNew) onError?.(error);
  }, [error, onError]);
}
