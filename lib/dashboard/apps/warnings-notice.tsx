import type { App } from "@slipway/monitor/client";
import { Notice } from "../ui/states.tsx";

/** What about an app deserves attention, one box for each. */
export function WarningsNotice({ app }: { app: Pick<App, "warnings"> }) {
  return app.warnings.map((sentence) => (
    <Notice key={sentence} tone="warning">
      <p className="min-w-0 flex-1 basis-64 wrap-anywhere">{sentence}</p>
    </Notice>
  ));
}
