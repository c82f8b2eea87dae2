import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { useConnectGitHub } from "../api/mutations.ts";
import { useToast } from "../ui/toasts.tsx";

/** Ends the set-up that GitHub leads back from with a code, once. What went wrong, in a sentence; `null`: nothing. */
export function useReturn(): string | null {
  const [search, setSearch] = useSearchParams();
  const [problem, setProblem] = useState<string | null>(null);
  const { mutateAsync: connect } = useConnectGitHub();
  const showToast = useToast();
  const ended = useRef<string | null>(null);
  const [code, state] = [search.get("code"), search.get("state")];
  useEffect(() => {
    // A code works once, and a development build runs effects twice.
    if (code === null || state === null || ended.current === code) return;
    ended.current = code;
    setSearch({}, { replace: true });
    connect({ code, state }).then(
      ({ name }) => showToast(`${name} is connected. Install it on your repositories next.`),
      (error: Error) => setProblem(error.message),
    );
  }, [code, state, setSearch, connect, showToast]);
  return problem;
}
