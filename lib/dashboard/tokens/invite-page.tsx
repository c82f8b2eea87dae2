import { RequestError, type Welcome } from "@slipway/monitor/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { client } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { storeSession } from "../api/stored-session.ts";
import { Button } from "../ui/button.tsx";
import { Mark } from "../ui/mark.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Notice } from "../ui/states.tsx";
import { ShownToken } from "./shown-token.tsx";

/** Where the link of an invitation leads. Nothing is taken from it before a person says so: programs look at links, too. */
export default function InvitePage() {
  usePageTitle("Invitation");
  const code = useCode();
  const navigate = useNavigate();
  const accept = useAccept();
  const { data: welcome } = accept;
  // Asked again, it would be refused again.
  const isRefused = accept.error instanceof RequestError && accept.error.status === 401;
  const enter = () => void navigate("/", { replace: true });
  if (welcome === undefined)
    return (
      <Frame title="You're invited to Slipway">
        {!isRefused && <p className="text-center">Accept to sign in. The link then stops working.</p>}
        {accept.error !== null && <Notice tone="danger">{accept.error.message}</Notice>}
        {code === "" && <Notice tone="danger">This link is incomplete. Copy all of it, or ask for a new one.</Notice>}
        {code !== "" && !isRefused && (
          <Button look="primary" disabled={accept.isPending} onClick={() => accept.mutate(code)}>
            {accept.isPending ? "Accepting…" : "Accept invitation"}
          </Button>
        )}
      </Frame>
    );
  return (
    <Frame title={`Welcome, ${welcome.name}`}>
      <p>
        You have the role {welcome.role}
        {welcome.apps === null ? "" : " for some apps"}.
      </p>
      {welcome.token === null ? (
        <>
          <p>Next time, sign in with the GitHub account {welcome.github}.</p>
          <Button look="primary" onClick={enter}>
            Open the dashboard
          </Button>
        </>
      ) : (
        <ShownToken name={welcome.name} token={welcome.token} onDone={enter} />
      )}
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="grid w-full max-w-lg gap-5 rounded-box border bg-ground p-6 shadow-sm">
        <div className="grid justify-items-center gap-3">
          <Mark size={36} />
          <h1 className="text-lg font-semibold wrap-anywhere">{title}</h1>
        </div>
        {children}
      </div>
    </main>
  );
}

/** The code of the fragment, which is taken out of the address at once; `""`: there is none. */
function useCode(): string {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [code] = useState(() => /^#code=(\w+)$/.exec(hash)?.[1] ?? "");
  useEffect(() => {
    if (hash !== "") void navigate("/invite", { replace: true });
  }, [hash, navigate]);
  return code;
}

function useAccept() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (code: string): Promise<Welcome> => client.acceptInvite(code),
    onSuccess: (me) => {
      storeSession(me.session);
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
    },
  });
}
