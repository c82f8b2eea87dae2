import { useSyncExternalStore } from "react";
import { between, type LineRange, rangeIn } from "./range.ts";

/** The lines that the page's address names as `#L12` or `#L12-L20`, for who does not say otherwise. */
export function useLinkedLines(given: number | LineRange | null | undefined): LineRange | null {
  const hash = useSyncExternalStore(
    subscribe,
    () => location.hash,
    () => "",
  );
  if (given === undefined) return rangeIn(hash);
  return typeof given === "number" ? between(given, given) : given;
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
