import { useSyncExternalStore } from "react";

/** The line that the page's address names as `#L12`, for who does not say otherwise. */
export function useLinkedLine(given: number | null | undefined): number | null {
  const hash = useSyncExternalStore(
    subscribe,
    () => location.hash,
    () => "",
  );
  if (given !== undefined) return given;
  const named = /^#L(\d+)$/.exec(hash)?.[1];
  return named === undefined ? null : Number(named);
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
