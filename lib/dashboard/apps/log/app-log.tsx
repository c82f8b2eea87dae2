import type { AppLogLine, LogLine } from "@slipway/monitor/client";
import { LogViewer } from "@slipway/monitor/react";
import { useId, useMemo, useRef } from "react";
import { Link, useSearchParams } from "react-router";
import { Button } from "../../ui/button.tsx";
import { inputClass } from "../../ui/field.tsx";
import { Empty, Failure } from "../../ui/states.tsx";
import { useShownApp } from "../app-page.tsx";
import { useAppLog } from "./use-app-log.ts";

/** The tab with what a running app prints. Its filters lie in the address, so that they can be linked to. */
export default function AppLog() {
  const app = useShownApp();
  const [search, setSearch] = useSearchParams();
  const linked = search.get("line");
  // A line that is clicked on is linked to; what is shown stays.
  const at = useRef(linked);
  const log = useAppLog(app.id, filterOf(search), at.current);
  const lines = useMemo(() => log.lines.map(asLogLine), [log.lines]);
  // A viewer that begins with the linked line stays there; one that begins without follows the end.
  const isOpening = at.current !== null && log.state === "loading";
  const hasNothing = app.live_deployment_id === null && lines.length === 0 && log.state === "following";
  const hrefOf = (line: number, last = line): string => {
    const next = new URLSearchParams(search);
    next.set("line", log.lines[line - 1]?.cursor ?? "");
    if (last === line) next.delete("count");
    else next.set("count", String(last - line + 1));
    return `?${next}`;
  };
  return (
    <section aria-labelledby="app-log" className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <h2 id="app-log" className="font-semibold">
          Logs
        </h2>
        <Filters processes={[...new Set(["web", ...app.processes.map(({ name }) => name)])]} />
      </div>
      <p role="status" className="text-muted">
        {hasNothing ? "" : stateWords[log.state]} Lines are kept for {app.log_retention_days} days.
      </p>
      {log.error !== null && <Failure error={log.error} onRetry={() => location.reload()} />}
      {log.previous !== null && (
        <div>
          <Button onClick={() => void log.loadEarlier()}>Load earlier lines</Button>
        </div>
      )}
      {hasNothing && (
        <Empty title="Nothing has been released yet">
          What the app prints appears here once it starts. Each{" "}
          <Link to={`/apps/${app.id}`} className="text-accent hover:underline">
            deployment
          </Link>{" "}
          has a log of its build and its start.
        </Empty>
      )}
      {!hasNothing && !isOpening && (
        <LogViewer
          lines={lines}
          complete={log.state === "complete"}
          label={`Log of ${app.name}`}
          fileName={`${app.name}.log`}
          line={linkedRange(
            linked === at.current && log.linked !== null ? log.linked : indexOf(log.lines, linked),
            search,
          )}
          lineHref={hrefOf}
          onLineChange={(line, last) =>
            setSearch(new URLSearchParams(hrefOf(line, last)), { replace: true, preventScrollReset: true })
          }
          className="h-[70dvh]"
        />
      )}
    </section>
  );
}

const indexOf = (lines: readonly AppLogLine[], linked: string | null): number =>
  linked === null ? -1 : lines.findIndex(({ cursor }) => cursor === linked);

/** The lines that the address names, from the first of them. */
function linkedRange(first: number, search: URLSearchParams) {
  const count = Math.max(1, Number.parseInt(search.get("count") ?? "1", 10) || 1);
  return first < 0 ? null : { from: first + 1, to: first + count };
}

const stateWords = {
  loading: "Loading…",
  following: "Following what the app prints.",
  reconnecting: "Connection lost. Reconnecting…",
  complete: "That is all of it.",
} as const;

/** The viewer knows lines of deployments; the times and the texts are what it shows. */
const asLogLine = ({ line, timestamp }: AppLogLine, index: number): LogLine => ({
  line,
  timestamp,
  stream: "stdout",
  cursor: index + 1,
});

function filterOf(search: URLSearchParams): Record<string, string> {
  const names = ["release", "process", "task", "q", "since", "until"];
  return Object.fromEntries(names.flatMap((name) => (search.get(name) ? [[name, search.get(name) ?? ""]] : [])));
}

function Filters({ processes }: { processes: readonly string[] }) {
  const [search, setSearch] = useSearchParams();
  const id = useId();
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(search);
    next.delete("line");
    next.delete("count");
    if (value === "") next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true });
  };
  const release = search.get("release");
  const process = search.get("process") ?? "";
  // One that the app has no more is in the address.
  const shown = process === "" || processes.includes(process) ? processes : [...processes, process];
  return (
    <form
      className="flex min-w-0 max-w-full flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        change("q", String(new FormData(event.currentTarget).get("q") ?? ""));
      }}
    >
      {release !== null && (
        <span className="inline-flex items-center gap-2">
          <Link to={`/deployments/${release}`} className="text-accent hover:underline">
            Release #{release}
          </Link>
          <Button onClick={() => change("release", "")}>All releases</Button>
        </span>
      )}
      {search.get("task") !== null && <Button onClick={() => change("task", "")}>All tasks</Button>}
      {shown.length > 1 && (
        <select
          aria-label="Process"
          className={`${inputClass} w-auto! max-w-full`}
          value={process}
          onChange={({ target: { value } }) => change("process", value)}
        >
          <option value="">All processes</option>
          {shown.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      <label htmlFor={id} className="text-muted">
        Only lines with
      </label>
      <input
        id={id}
        key={search.get("q")}
        name="q"
        type="search"
        defaultValue={search.get("q") ?? ""}
        className={`${inputClass} w-48!`}
      />
      <Button type="submit">Filter</Button>
    </form>
  );
}
