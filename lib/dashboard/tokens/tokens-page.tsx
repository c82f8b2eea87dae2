import type { App, Invite, NewToken } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { Plus, UserPlus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { appsQuery, tokensQuery } from "../api/queries.ts";
import { useMe } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Empty, Failure, Notice, Skeleton } from "../ui/states.tsx";
import { RoleTable } from "./role-table.tsx";
import { ShownInvite } from "./shown-invite.tsx";
import { ShownToken } from "./shown-token.tsx";
import { TokenRow } from "./token-row.tsx";

const NewTokenDialog = lazy(() => import("./new-token-dialog.tsx"));

/** The name of an app that a token may deploy; `undefined`: there is none. */
const appFor = ({ apps: own }: NewToken, apps: readonly App[]): string | undefined =>
  apps.find(({ id }) => own === null || own.includes(id))?.name;

/** Who has access, and what each of them may do. */
export default function TokensPage() {
  usePageTitle("Tokens and people");
  const { role, apps } = useMe();
  const isAllowed = role === "admin" && apps === null;
  return (
    <div className="mx-auto grid w-full max-w-4xl gap-6">
      {isAllowed ? (
        <Tokens />
      ) : (
        <>
          <Heading />
          <Notice tone="info">You need the admin role for all apps to manage tokens.</Notice>
        </>
      )}
      <RoleTable />
    </div>
  );
}

function Heading() {
  return (
    <div className="min-w-0 flex-1 basis-64">
      <h1 className="text-xl font-semibold">Tokens and people</h1>
      <p className="mt-1 text-muted">
        Everyone who uses Slipway has a token. With a GitHub account on it, they can also sign in with GitHub.
      </p>
    </div>
  );
}

function Tokens() {
  const [creating, setCreating] = useState<"token" | "invite" | null>(null);
  const [created, setCreated] = useState<NewToken | Invite | null>(null);
  const done = () => setCreated(null);
  const apps = useQuery(appsQuery).data ?? [];
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <Heading />
        <div className="flex flex-wrap gap-2">
          <Button look="primary" onClick={() => setCreating("invite")}>
            <UserPlus size={15} aria-hidden />
            Invite
          </Button>
          <Button onClick={() => setCreating("token")}>
            <Plus size={15} aria-hidden />
            Create a token
          </Button>
        </div>
      </div>
      {created !== null &&
        ("url" in created ? (
          <ShownInvite invite={created} onDone={done} />
        ) : (
          <ShownToken name={created.name} token={created.token} app={appFor(created, apps)} onDone={done} />
        ))}
      <TokenList />
      {creating !== null && (
        <Suspense>
          <NewTokenDialog
            apps={apps}
            kind={creating}
            onClose={() => setCreating(null)}
            onCreated={(token) => {
              setCreating(null);
              setCreated(token);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function TokenList() {
  const { data: tokens, error, refetch } = useQuery(tokensQuery);
  const apps = useQuery(appsQuery).data ?? [];
  const me = useMe();
  if (tokens === undefined) {
    return error === null ? (
      <Skeleton rows={3} className="h-20" />
    ) : (
      <Failure error={error} onRetry={() => void refetch()} />
    );
  }
  if (tokens.length === 0)
    return <Empty title="No tokens yet">Invite a colleague, or create a token for a CI pipeline.</Empty>;
  return (
    <ul aria-label="Tokens" className="divide-y rounded-box border">
      {tokens.map((token) => (
        <TokenRow key={token.id} token={token} apps={apps} isOwn={me.id === `token#${token.id}`} />
      ))}
    </ul>
  );
}
