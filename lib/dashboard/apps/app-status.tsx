import type { AppStatus as Shown } from "@slipway/monitor/client";
import { plainText } from "@slipway/text/inert";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { appStatusQuery, lastLinesQuery } from "../api/queries.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { Ago } from "../ui/time.tsx";
import { useShownApp } from "./app-page.tsx";

type Task = Shown["tasks"][number];

/** The tab with the tasks of an app as they are now. */
export function AppStatus() {
  const app = useShownApp();
  const { data: status, error, refetch } = useQuery(appStatusQuery(app.id));
  return (
    <section aria-labelledby="tasks" className="grid grid-cols-1 gap-4">
      <div>
        <h2 id="tasks" className="font-semibold">
          Tasks
        </h2>
        <p className="text-muted">
          {status === undefined ? "" : `${words[status.health]} `}
          Tasks that stopped unexpectedly are listed for about an hour.
        </p>
      </div>
      {status === undefined && error === null && <Skeleton rows={2} className="h-16" />}
      {status === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {status?.tasks.length === 0 && <Empty title="No tasks">Nothing of this app runs at the moment.</Empty>}
      {status !== undefined && status.tasks.length > 0 && (
        <ul aria-label="Tasks" className="divide-y rounded-box border">
          {status.tasks.map((task) => (
            <TaskRow key={task.task} appId={app.id} task={task} />
          ))}
        </ul>
      )}
    </section>
  );
}

const words: Readonly<Record<Shown["health"], string>> = {
  live: "Live: every task is healthy.",
  degraded: "Degraded: fewer tasks are healthy than the app is set to have.",
  down: "Down: no task of web is healthy.",
  none: "Nothing has been released yet.",
};

function TaskRow({ appId, task }: { appId: number; task: Task }) {
  const { process, deployment_id, state, health, since, exit_code, reason } = task;
  return (
    <li className="grid gap-0.5 px-4 py-3">
      <p className="flex flex-wrap items-center gap-x-3">
        <span className="font-medium">{process}</span>
        {deployment_id !== null && (
          <Link to={`/deployments/${deployment_id}`} className="hover:underline">
            #{deployment_id}
          </Link>
        )}
        <span className={toneOf(task)}>{health ?? state}</span>
        <span className="text-muted">
          {state} <Ago at={since} />
        </span>
        {exit_code !== null && <span className="text-muted">exit code {exit_code}</span>}
      </p>
      {reason !== null && <p className="text-muted wrap-anywhere">{reason}</p>}
      <p className="flex flex-wrap gap-x-3 text-muted">
        <span className="font-mono text-[0.8125rem] wrap-anywhere">{task.task}</span>
        <Link to={`/apps/${appId}/logs?task=${task.task}`} className="text-accent hover:underline">
          Logs
        </Link>
      </p>
      {state === "stopped" && <LastLines appId={appId} task={task.task} />}
    </li>
  );
}

/** What a task that crashed printed last. */
function LastLines({ appId, task }: { appId: number; task: string }) {
  const { data: lines } = useQuery(lastLinesQuery(appId, task));
  if (lines === undefined || lines.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre tabIndex={0} className="mt-1 overflow-x-auto rounded-box border bg-log p-2 font-mono text-xs leading-5">
      {lines.map(({ line }) => plainText(line.trimEnd())).join("\n")}
    </pre>
  );
}

function toneOf({ health, state }: Task): string {
  if (health === "healthy") return "text-success";
  return health === "unhealthy" || state === "stopped" ? "text-danger" : "text-warning";
}
