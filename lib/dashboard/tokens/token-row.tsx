import type { App, Token } from "@slipway/monitor/client";
import type { ReactNode } from "react";
import { useRevokeToken } from "../api/mutations.ts";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { Ago } from "../ui/time.tsx";
import { useToast } from "../ui/toasts.tsx";
import { roleWords } from "./role-matrix.ts";

/** One token: whose it is, what it may do, when it was used, and the way to end it. */
export function TokenRow({ token, apps, isOwn }: { token: Token; apps: readonly App[]; isOwn: boolean }) {
  const { id, name, github, created_by, created_at } = token;
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="grid min-w-0 flex-1 basis-60 gap-0.5">
        <p className="font-medium">
          <bdi>{name}</bdi> {isOwn && <span className="font-normal text-muted">(you)</span>}
        </p>
        <p className="text-muted">
          {roleWords[token.role]} · {scopeOf(token, apps)}
          {github !== null && ` · GitHub: ${github}`}
        </p>
        <p className="flex flex-wrap gap-x-3 text-muted">
          <span>
            {token.last_used_at === null ? (
              unused(token)
            ) : (
              <>
                Last used <Ago at={token.last_used_at} />
              </>
            )}
          </span>
          <Expiry at={token.expires_at} />
          <Creation by={created_by} at={created_at} />
        </p>
      </div>
      <Revoke id={id} name={name} isOwn={isOwn} />
    </li>
  );
}

/** A link that was not opened in time leaves a token that nobody has. */
function unused({ invited_until: until }: Token): string {
  if (until === null) return "Never used";
  return Date.parse(until) > Date.now() ? "Invited" : "Invitation not accepted in time. Revoke it, and invite again.";
}

function scopeOf({ apps: allowed }: Token, apps: readonly App[]): string {
  if (allowed === null) return "All apps";
  return allowed.map((id) => apps.find((app) => app.id === id)?.name ?? `App ${id}`).join(", ");
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function Creation({ by, at }: { by: string | null; at: string | null }): ReactNode {
  if (by === null && at === null) return null;
  return (
    <span className="min-w-0 wrap-anywhere">
      Created
      {at !== null && (
        <>
          {" "}
          <Ago at={at} />
        </>
      )}
      {by !== null && (
        <>
          {" "}
          by <bdi>{by}</bdi>
        </>
      )}
    </span>
  );
}

function Expiry({ at }: { at: string | null }): ReactNode {
  if (at === null) return <span>Never expires</span>;
  const isOver = Date.parse(at) <= Date.now();
  return (
    <span className={isOver ? "text-danger" : ""}>
      {isOver ? "Expired" : "Expires"} <time dateTime={at}>{day.format(new Date(at))}</time>
    </span>
  );
}

function Revoke({ id, name, isOwn }: { id: number; name: string; isOwn: boolean }) {
  const revoke = useRevokeToken();
  const showToast = useToast();
  return (
    <ConfirmDialog
      trigger={(open) => (
        <Button onClick={open} aria-label={`Revoke ${name}`}>
          Revoke
        </Button>
      )}
      title={`Revoke the token of ${name}?`}
      description={`It stops working at once, with all sessions that were started with it.${isOwn ? " This is your own token: you will be signed out." : ""}`}
      action="Revoke"
      look="danger"
      onConfirm={async () => {
        await revoke.mutateAsync(id);
        showToast(`The token of ${name} is revoked.`);
      }}
    />
  );
}
