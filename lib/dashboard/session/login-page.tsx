import type { Session } from "@slipway/monitor/client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { client } from "../api/client.ts";
import { meQuery, signInMethodsQuery } from "../api/queries.ts";
import { isSignedOut } from "../api/query-client.ts";
import { onSessionElsewhere, storedSession, storeSession } from "../api/stored-session.ts";
import { Button, buttonClass } from "../ui/button.tsx";
import { described, Field, inputClass } from "../ui/field.tsx";
import { Mark } from "../ui/mark.tsx";
import { usePageTitle } from "../ui/page-title.ts";

/** Where people sign in: with a token, with GitHub, or on their own machine by a link. */
export function LoginPage() {
  usePageTitle("Sign in");
  const [token, setToken] = useState("");
  const login = useSignIn((given: string) => client.login(given));
  const link = useLink();
  useOtherTabs();
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate(token.trim());
  };
  const [search] = useSearchParams();
  const { data: methods } = useQuery(signInMethodsQuery);
  const problem = login.error === null ? undefined : sentence(login.error);
  const fromGitHub = gitHubProblems[search.get("problem") ?? ""];
  const isLocal = methods?.mode === "local";
  const hint = isLocal
    ? "For anyone else. Create tokens with: slipway tokens create"
    : "Ask an admin for a token. The first one was printed when Slipway was installed.";
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form onSubmit={submit} className="grid w-full max-w-sm gap-5 rounded-box border bg-ground p-6 shadow-sm">
        <div className="grid grid-cols-1 justify-items-center gap-3">
          <Mark size={36} />
          <h1 className="text-lg font-semibold">Sign in to Slipway</h1>
        </div>
        {fromGitHub !== undefined && (
          <p role="alert" className="text-danger">
            {fromGitHub}
          </p>
        )}
        {link.problem !== undefined && (
          <p role="alert" className="text-danger">
            {link.problem}
          </p>
        )}
        {link.isPending && <p role="status">Signing in…</p>}
        {isLocal && <LinkHelp />}
        {methods?.github && (
          <>
            <a href={gitHubAddress(destination(search.get("to")))} className={buttonClass("primary")}>
              Sign in with GitHub
            </a>
            <p className="text-center text-muted">or</p>
          </>
        )}
        <Field id={id} label="API token" hint={hint} error={problem}>
          <input
            id={id}
            {...described(id, problem, hint)}
            type="password"
            autoComplete="current-password"
            required
            className={inputClass}
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Button type="submit" look="primary" disabled={login.isPending}>
          {login.isPending ? "Signing in…" : "Sign in"}
        </Button>
      </form>
    </main>
  );
}

/** How the user of this machine gets in. */
function LinkHelp() {
  return (
    <>
      <p>
        To sign in, run <code className="font-mono">slipway open</code> on the machine that runs Slipway, or open the
        link that <code className="font-mono">npm start</code> printed in the terminal.
      </p>
      <p className="text-center text-muted">or</p>
    </>
  );
}

/** A sign-in link has its code in the fragment. It is taken out of the address at once, and works once. */
function useLink(): { readonly problem: string | undefined; readonly isPending: boolean } {
  const { hash, search } = useLocation();
  const navigate = useNavigate();
  const { mutate, error, isPending } = useSignIn((code: string) => client.exchangeCode(code));
  const tried = useRef("");
  const code = /^#code=(\w+)$/.exec(hash)?.[1];
  useEffect(() => {
    if (code === undefined || tried.current === code) return;
    tried.current = code;
    void navigate({ search }, { replace: true });
    mutate(code);
  }, [code, search, navigate, mutate]);
  return { problem: error?.message, isPending };
}

/** Whoever signs in by a link in another tab is signed in here too. */
function useOtherTabs(): void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const to = destination(search.get("to"));
  useEffect(
    () =>
      onSessionElsewhere(() => {
        if (storedSession() === "") return;
        queries.clear();
        void navigate(to, { replace: true });
      }),
    [queries, navigate, to],
  );
}

/** What GitHub's way back may have come to. */
const gitHubProblems: Readonly<Record<string, string>> = {
  denied: "You didn't allow GitHub to share your identity. Try again, or sign in with a token.",
  over: "This sign-in expired or started in another browser. Try again.",
  unknown_account: "Your GitHub account has no access yet. Ask an admin to create a token for it.",
  github_unreachable: "GitHub is not responding. Try again in a minute, or sign in with a token.",
};

const gitHubAddress = (to: string): string => `/api/auth/github?${new URLSearchParams({ to })}`;

function useSignIn(signIn: (proof: string) => Promise<Session>) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  return useMutation({
    mutationFn: signIn,
    onSuccess: async (me) => {
      storeSession(me.session);
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
      await navigate(destination(search.get("to")), { replace: true });
    },
  });
}

/** Only a place of this dashboard: `//elsewhere` would be another site. */
const destination = (to: string | null): string => (to !== null && /^\/(?![/\\])/.test(to) ? to : "/");

const sentence = (error: Error): string =>
  isSignedOut(error) ? "Invalid or expired token. Make sure you pasted the whole token." : error.message;
