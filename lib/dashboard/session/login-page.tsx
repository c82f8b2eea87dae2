import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { client } from "../api/client.ts";
import { meQuery, signInMethodsQuery } from "../api/queries.ts";
import { isSignedOut } from "../api/query-client.ts";
import { Mark } from "../shell/mark.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { described, Field, inputClass } from "../ui/field.tsx";
import { usePageTitle } from "../ui/page-title.ts";

/** A token becomes a session in a cookie that no script can read. */
export function LoginPage() {
  usePageTitle("Sign in");
  const [token, setToken] = useState("");
  const login = useLogin();
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate(token.trim());
  };
  const [search] = useSearchParams();
  const { data: methods } = useQuery(signInMethodsQuery);
  const problem = login.error === null ? undefined : sentence(login.error);
  const fromGitHub = gitHubProblems[search.get("problem") ?? ""];
  const hint = "An admin hands tokens out. The first one was printed when Slipway was installed.";
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

/** What GitHub's way back may have come to. */
const gitHubProblems: Readonly<Record<string, string>> = {
  denied: "GitHub was not allowed to say who you are. Try again, or sign in with a token.",
  over: "That sign-in had ended, or was begun in another browser. Try again.",
  unknown_account: "Nobody has let your GitHub account in yet. Ask an admin for a token that is for it.",
  github_unreachable: "GitHub did not answer. Try again in a minute, or sign in with a token.",
};

const gitHubAddress = (to: string): string => `/api/auth/github?${new URLSearchParams({ to })}`;

function useLogin() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  return useMutation({
    mutationFn: (token: string) => client.login(token),
    onSuccess: async (me) => {
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
      await navigate(destination(search.get("to")), { replace: true });
    },
  });
}

/** Only a place of this dashboard: `//elsewhere` would be another site. */
const destination = (to: string | null): string => (to !== null && /^\/(?![/\\])/.test(to) ? to : "/");

const sentence = (error: Error): string =>
  isSignedOut(error) ? "This token is not known, or it has expired. Check that all of it was pasted." : error.message;
