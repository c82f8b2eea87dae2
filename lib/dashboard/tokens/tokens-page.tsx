import type { NewToken } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { appsQuery, tokensQuery } from "../api/queries.ts";
import { useMe } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Empty, Failure, Notice, Skeleton } from "../ui/states.tsx";
import { RoleTable } from "./role-table.tsx";
import { ShownToken } from "./shown-token.tsx";
import { TokenRow } from "./token-row.tsx";

const NewTokenDialog = lazy(() => import("./new-token-dialog.tsx"));

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
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<NewToken | null>(null);
  const apps = useQuery(appsQuery).data ?? [];
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <Heading />
        <Button look="primary" onClick={() => setCreating(true)}>
          <Plus size={15} aria-hidden />
          Create a token
        </Button>
      </div>
      {created !== null && <ShownToken token={created} onDone={() => setCreated(null)} />}
      <TokenList />
      {isCreating && (
        <Suspense>
          <NewTokenDialog
            apps={apps}
            onClose={() => setCreating(false)}
            onCreated={(token) => {
              setCreating(false);
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
  if (tokens.length === 0) return <Empty title="No tokens yet">Create one for a colleague or a CI pipeline.</Empty>;
  return (
    <ul aria-label="Tokens" className="divide-y rounded-box border">
      {tokens.map((token) => (
        <TokenRow key={token.id} token={token} apps={apps} isOwn={me.id === `token#${token.id}`} />
      ))}
    </ul>
  );
}
