import type { App } from "@slipway/monitor/client";
import { pinnedWarning } from "../../contract/pinned.ts";
import { Notice } from "../ui/states.tsx";

/** What about an app deserves attention, one box for each. That it is pinned is said by a notice of its own. */
export function WarningsNotice({ app }: { app: Pick<App, "warnings"> }) {
  const others = app.warnings.filter((sentence) => !sentence.startsWith(pinnedWarning));
  return others.map((sentence) => (
    <Notice key={sentence} tone="warning">
      <p className="min-w-0 flex-1 basis-64 wrap-anywhere">{sentence}</p>
    </Notice>
  ));
}
