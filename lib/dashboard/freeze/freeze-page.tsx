import type { Freeze } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useBeginFreeze, useEndFreeze } from "../api/mutations.ts";
import { freezeQuery } from "../api/queries.ts";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Failure, Loading, Notice } from "../ui/states.tsx";
import { Ago } from "../ui/time.tsx";
import { useToast } from "../ui/toasts.tsx";
import { localTime, usualEnds } from "./freeze-times.ts";
import { frozenUntil } from "./use-freeze.ts";

/** Where deployments of all apps are frozen for a time. */
export default function FreezePage() {
  usePageTitle("Freeze deployments");
  const isAdmin = useMay("admin");
  const { data: freeze, error, refetch } = useQuery(freezeQuery);
  return (
    <div className="mx-auto grid w-full max-w-2xl gap-6">
      <div>
        <h1 className="text-xl font-semibold">Freeze deployments</h1>
        <p className="mt-1 text-muted">
          Pushes to any app are ignored until the freeze ends, and are not deployed later. Deployments in progress
          finish. Admins can override the freeze with a reason.
        </p>
      </div>
      {freeze === undefined &&
        (error === null ? <Loading /> : <Failure error={error} onRetry={() => void refetch()} />)}
      {freeze !== undefined && freeze !== null && <Current freeze={freeze} isAdmin={isAdmin} />}
      {freeze !== undefined &&
        (isAdmin ? (
          <FreezeForm key={freeze?.since} freeze={freeze} />
        ) : (
          <Notice tone="info">You need the admin role to freeze deployments.</Notice>
        ))}
    </div>
  );
}

function Current({ freeze, isAdmin }: { freeze: Freeze; isAdmin: boolean }) {
  const end = useEndFreeze();
  const showToast = useToast();
  return (
    <section aria-labelledby="current" className="flex flex-wrap items-start gap-3 rounded-box border p-4">
      <div className="min-w-0 flex-1 basis-64">
        <h2 id="current" className="font-semibold">
          {frozenUntil(freeze)}
        </h2>
        <p className="mt-1">
          <bdi>{freeze.reason}</bdi>
        </p>
        <p className="mt-1 text-muted">
          Frozen by <bdi>{freeze.actor}</bdi> <Ago at={freeze.since} />
        </p>
      </div>
      {isAdmin && (
        <ConfirmDialog
          trigger={(open) => <Button onClick={open}>End freeze</Button>}
          title="End the freeze?"
          description="New pushes are deployed again. Pushes that were ignored are not."
          action="End freeze"
          onConfirm={async () => {
            await end.mutateAsync(undefined);
            showToast("The freeze has ended.");
          }}
        />
      )}
    </section>
  );
}

function FreezeForm({ freeze }: { freeze: Freeze | null }) {
  const begin = useBeginFreeze();
  const showToast = useToast();
  const [until, setUntil] = useState(() => (freeze === null ? "" : localTime(new Date(freeze.until))));
  const [reason, setReason] = useState(freeze?.reason ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      const next = await begin.mutateAsync({ until: new Date(until).toISOString(), reason: reason.trim() });
      showToast(frozenUntil(next));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4 rounded-box border p-4">
      <h2 className="font-semibold">{freeze === null ? "New freeze" : "Change the freeze"}</h2>
      <Field id={`${id}-until`} label="Until" hint="At most 90 days from now.">
        <input
          id={`${id}-until`}
          aria-describedby={`${id}-until-hint`}
          type="datetime-local"
          required
          className={`${inputClass} max-w-64`}
          value={until}
          onChange={({ target }) => setUntil(target.value)}
        />
      </Field>
      <div className="flex flex-wrap gap-2">
        {usualEnds(new Date()).map(({ label, at }) => (
          <Button key={label} onClick={() => setUntil(localTime(at))}>
            {label}
          </Button>
        ))}
      </div>
      <Field id={`${id}-reason`} label="Reason" hint="Shown to everyone while the freeze lasts.">
        <input
          id={`${id}-reason`}
          aria-describedby={`${id}-reason-hint`}
          required
          maxLength={500}
          className={inputClass}
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
      {problem !== null && <Notice tone="danger">{problem}</Notice>}
      <Button type="submit" look="primary" className="justify-self-start" disabled={begin.isPending}>
        {freeze === null ? "Freeze deployments" : "Save"}
      </Button>
    </form>
  );
}
