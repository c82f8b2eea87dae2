/** Kept for this origin alone: a cookie would go to every app on another port of this host. */
const key = "slipway-session";

/** Where the browser refuses to keep anything, it lasts as long as the page. */
let kept: string | null = null;

/** The session to be sent as a bearer; `""`: there is none, or a cookie holds it. */
export function storedSession(): string {
  try {
    return localStorage.getItem(key) ?? kept ?? "";
  } catch {
    return kept ?? "";
  }
}

/** `null`: there is none any more. */
export function storeSession(session: string | null): void {
  kept = session;
  try {
    if (session === null) localStorage.removeItem(key);
    else localStorage.setItem(key, session);
  } catch {
    // It is kept in memory.
  }
}

/** Calls back when another tab signed in or out; the returned function ends that. */
export function onSessionElsewhere(run: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === key || event.key === null) run();
  };
  addEventListener("storage", listener);
  return () => removeEventListener("storage", listener);
}
