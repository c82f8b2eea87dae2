import { CircleX, CloudOff } from "lucide";
import { useState } from "react";
import { adviceFor, type Deployment, type WatchError } from "../client/index.ts";
import { Banner } from "./ui/banner.tsx";
import { Button } from "./ui/button.tsx";
import { Icon } from "./ui/icon.tsx";
import { rootClass } from "./ui/root-class.ts";

interface Props {
  error: WatchError | null;
  deployment: Deployment | null;
  /** Tries again now; offered when the connection is what failed. */
  onReconnect?: (() => void) | undefined;
  /** Leads to the line of the log that says why the deployment failed. */
  onShowLine?: (() => void) | undefined;
  className?: string;
}

/** What went wrong and what to do about it, in words; nothing without an error. */
export function ErrorBanner({ error, deployment, onReconnect, onShowLine, className }: Props) {
  if (error === null) return null;
  return (
    <div className={rootClass(className)}>
      {error.scope === "deployment" ? (
        <Failure error={error} deployment={deployment} onShowLine={onShowLine} />
      ) : (
        <NoConnection error={error} onReconnect={onReconnect} />
      )}
    </div>
  );
}

function Failure({ error, deployment, onShowLine }: Pick<Props, "deployment" | "onShowLine"> & { error: WatchError }) {
  return (
    <Banner
      tone="danger"
      role="alert"
      headline={failureHeadline(deployment)}
      icon={<Icon icon={CircleX} className="sw:size-4" />}
    >
      <Message text={error.message} />
      <p className="sw:flex sw:flex-wrap sw:items-center sw:gap-x-3 sw:gap-y-1 sw:pt-1 sw:empty:hidden">
        {onShowLine !== undefined && <Button onClick={onShowLine}>Jump to the failing line</Button>}
        {unsaidExitCode(error, deployment)}
      </p>
    </Banner>
  );
}

function NoConnection({ error, onReconnect }: { error: WatchError; onReconnect: Props["onReconnect"] }) {
  return (
    <Banner
      tone="warning"
      role="alert"
      headline={error.code === null ? "Can't reach Slipway" : "Can't show this deployment"}
      icon={<Icon icon={CloudOff} className="sw:size-4" />}
    >
      <p className="sw:break-words">{error.message}</p>
      <Advice error={error} />
      {onReconnect !== undefined && <Button onClick={onReconnect}>Try again</Button>}
    </Banner>
  );
}

function Advice({ error }: { error: WatchError }) {
  const advice = adviceFor(error);
  return advice === null ? null : <p className="sw:text-muted">{advice}</p>;
}

/** Longer ones may hide the log below them on a phone. */
const longestShown = 360;

/** A message of any length, the end of a long one on demand. */
function Message({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > longestShown;
  return (
    <>
      <p className={`sw:[overflow-wrap:anywhere] ${isLong && !isWhole ? "sw:line-clamp-6" : ""}`}>{text}</p>
      {isLong && (
        <Button aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show less" : "Show all of it"}
        </Button>
      )}
    </>
  );
}

/** The exit code, unless the message names it already. */
function unsaidExitCode({ message }: WatchError, deployment: Deployment | null) {
  const code = deployment?.exit_code ?? null;
  if (code === null || new RegExp(`\\bcode ${code}\\b`).test(message)) return null;
  return <span className="sw:text-xs sw:text-muted">Exit code {code}</span>;
}

function failureHeadline(deployment: Deployment | null): string {
  const where = deployment?.failed_stage ? ` in ${deployment.failed_stage}` : "";
  const after = deployment?.rolled_back ? "; the previous release was restored" : "";
  return `Deployment failed${where}${after}`;
}
