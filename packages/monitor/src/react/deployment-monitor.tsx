import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
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
import { failingLine } from "./log/level.ts";
import { LogViewer } from "./log/log-viewer.tsx";
import { MonitorHead } from "./monitor-head.tsx";
import { OutcomeBanner } from "./outcome-banner.tsx";
import { Progress } from "./progress.tsx";
import { useClient } from "./provider.tsx";
import { StageTrack } from "./stage-track.tsx";
import { fillingRootClass } from "./ui/root-class.ts";
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
  /** The linked line, from 1, or several. Without it what the page's address names as `#L12` or `#L12-L20`; `null`: none. */
  line?: number | { readonly from: number; readonly to: number } | null;
  lineHref?: (line: number, last?: number) => string;
  /** `last`: of several lines, else `line` again. */
  onLineChange?: (line: number, last: number) => void;
  /** Called once, when the log is complete. */
  onFinished?: (deployment: Deployment) => void;
  /** Called with each new error. */
  onError?: (error: WatchError) => void;
  /** Shown in the head, at the right. */
  actions?: ReactNode;
  /** `embedded`: the page around it names the deployment and its commit, and says when Slipway cannot be reached. */
  variant?: "standalone" | "embedded";
}

/** One deployment as it happens: its stages, its progress, its log, and how it ended. */
export function DeploymentMonitor(props: Props) {
  const { deploymentId, theme = "auto", className, actions, variant = "standalone", ...options } = props;
  const client = useOwnClient(options);
  const watched = useDeployment(deploymentId, { client });
  const { deployment, lines, logExpired, connection, error, reconnect } = watched;
  useCallbacks(deploymentId, watched, options);
  const isFinished = connection === "finished";
  const isEmbedded = variant === "embedded";
  const failure = useFailingLine(watched, options.onLineChange);
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
          isBrief={isEmbedded}
        />
        {deployment === null ? <NotYetKnown connection={connection} /> : <StageTrack deployment={deployment} />}
        {deployment !== null && !isTerminal(deployment.stage) && <Progress deployment={deployment} />}
        {deployment !== null && <OutcomeBanner deployment={deployment} hasAddress={!isEmbedded} />}
        {!(isEmbedded && isOutage(error)) && (
          <ErrorBanner error={error} deployment={deployment} onReconnect={reconnect} onShowLine={failure.show} />
        )}
        {logExpired && <p className="sw:text-sm sw:text-muted">The log was deleted after 90 days.</p>}
        <LogViewer
          key={deploymentId}
          className="sw:min-h-96 sw:flex-1 sw:@lg:min-h-64"
          lines={lines}
          complete={isFinished}
          fileName={`deployment-${deploymentId}.log`}
          line={options.line}
          shownTimes={failure.shownTimes}
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

/** Nobody answers; a refusal has a code. */
const isOutage = (error: WatchError | null): boolean => error?.scope === "connection" && error.code === null;

/** The way to the line that says why a deployment failed; `show` is `undefined` where there is none. */
function useFailingLine({ deployment, lines }: Watched, onLineChange: Props["onLineChange"]) {
  const [shownTimes, setShownTimes] = useState(0);
  const hasFailed = deployment?.stage === "failed";
  const index = useMemo(() => (hasFailed ? failingLine(lines) : null), [hasFailed, lines]);
  if (index === null) return { shownTimes, show: undefined };
  const show = () => {
    if (onLineChange === undefined) location.hash = `#L${index + 1}`;
    else onLineChange(index + 1, index + 1);
    setShownTimes((before) => before + 1);
  };
  return { shownTimes, show };
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
  const finishedId = useRef<number | null>(null);
  const lastError = useRef<WatchError | null>(null);
  useEffect(() => {
    if (connection !== "finished" || deployment?.id !== id || finishedId.current === id) return;
    finishedId.current = id;
    onFinished?.(deployment);
  }, [id, connection, deployment, onFinished]);
  useEffect(() => {
    const isNew =
      error !== null && (error.code !== lastError.current?.code || error.message !== lastError.current?.message);
    lastError.current = error;
    if (isNew) onError?.(error);
  }, [error, onError]);
}
