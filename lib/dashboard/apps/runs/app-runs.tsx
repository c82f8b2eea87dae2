import { formatDuration, type Run } from "@slipway/monitor/client";
import { wordsOf } from "@slipway/text/words";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { Link } from "react-router";
import { useCancelRun, useCreateRun } from "../../api/mutations.ts";
import { runsQuery } from "../../api/queries.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/button.tsx";
import { codeInputClass, Field } from "../../ui/field.tsx";
import { Empty, Failure, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { useShownApp } from "../app-page.tsx";
import { AppCrons } from "./app-crons.tsx";

/** The tab with the commands that ran once, and where one is run. */
export default function AppRuns() {
  const app = useShownApp();
  const { data: runs, error, refetch } = useQuery(runsQuery(app.id));
  const mayRun = useMay("deployer") && app.runs && app.live_deployment_id !== null;
  return (
    <section aria-labelledby="runs" className="grid grid-cols-1 gap-4">
      <div>
        <h2 id="runs" className="font-semibold">
          Runs
        </h2>
        <p className="text-muted">
          Commands that ran once: by hand, by a cron, or before a release, each with the release's image and settings.
          {app.runs ? "" : " One-off commands are off for this app."}
        </p>
      </div>
      <AppCrons app={app} />
      {mayRun && <NewRun appId={app.id} />}
      {runs === undefined && error === null && <Skeleton rows={3} className="h-16" />}
      {runs === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {runs?.length === 0 && <Empty title="No runs yet">Run a command here or with slipway run.</Empty>}
      {runs !== undefined && runs.length > 0 && (
        <ol aria-label="Runs" className="divide-y rounded-box border">
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </ol>
      )}
    </section>
  );
}

function NewRun({ appId }: { appId: number }) {
  const [text, setText] = useState("");
  const id = useId();
  const create = useCreateRun(appId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const command = wordsOf(text);
    if (command.length > 0) create.mutate({ command }, { onSuccess: () => setText("") });
  };
  return (
    <form onSubmit={submit} className="grid gap-2">
      <Field id={id} label="Command" hint="Words are split as in a shell; nothing else of a shell applies.">
        <div className="flex gap-2">
          <input
            id={id}
            value={text}
            onChange={({ target }) => setText(target.value)}
            placeholder="npm run seed"
            spellCheck={false}
            autoComplete="off"
            className={codeInputClass}
          />
          <Button type="submit" look="primary" disabled={text.trim() === "" || create.isPending}>
            Run
          </Button>
        </div>
      </Field>
      {create.error !== null && <Failure error={create.error} onRetry={() => create.reset()} />}
    </form>
  );
}

function Took({ run: { started_at, finished_at } }: { run: Run }) {
  if (started_at === null || finished_at === null) return null;
  return <span>{formatDuration((Date.parse(finished_at) - Date.parse(started_at)) / 1000)}</span>;
}

const colours: Readonly<Record<Run["status"], string>> = {
  pending: "text-muted",
  running: "text-accent",
  succeeded: "text-success",
  failed: "text-danger",
  cancelled: "text-muted",
};

function RunRow({ run }: { run: Run }) {
  const mayCancel = useMay("deployer") && run.finished_at === null;
  const cancel = useCancelRun(run.app_id);
  const isCancelling = run.cancel_requested_at !== null || cancel.isPending;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="grid min-w-0 gap-0.5">
        <p className="flex flex-wrap items-center gap-x-3">
          <span className="font-medium">Run {run.id}</span>
          <span className={colours[run.status]}>{run.status}</span>
          {run.cron !== null && <span>cron {run.cron}</span>}
          <code className="font-mono text-[0.8125rem] wrap-anywhere">{run.command.join(" ")}</code>
        </p>
        <p className="flex flex-wrap items-center gap-x-3 text-muted">
          <span className="wrap-anywhere">{run.message}</span>
          <Ago at={run.finished_at ?? run.created_at} />
          <Took run={run} />
          <bdi>{run.actor}</bdi>
          <Link to={`/deployments/${run.deployment_id}`} className="hover:underline">
            #{run.deployment_id}
          </Link>
          {run.task !== null && (
            <Link to={`/apps/${run.app_id}/logs?task=${run.task}`} className="text-accent hover:underline">
              Logs
            </Link>
          )}
        </p>
      </div>
      {mayCancel && (
        <Button disabled={isCancelling} onClick={() => cancel.mutate(run.id)}>
          {isCancelling ? "Cancelling…" : "Cancel"}
        </Button>
      )}
    </li>
  );
}
