import { useEffect } from "react";

/** What the tab says while a page is shown. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Slipway" : `${title} · Slipway`;
  }, [title]);
}
