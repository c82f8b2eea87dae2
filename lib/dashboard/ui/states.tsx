import { RequestError } from "@slipway/monitor/client";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";

const tones = {
  danger: { look: "border-danger/40 bg-danger-soft text-danger", Icon: CircleAlert },
  warning: { look: "border-warning/40 bg-warning-soft text-warning", Icon: TriangleAlert },
  info: { look: "bg-surface", Icon: Info },
} as const;

/** A box that says something that matters here; a danger is announced at once. */
export function Notice({ tone, children }: { tone: keyof typeof tones; children: ReactNode }) {
  const { look, Icon } = tones[tone];
  return (
    <div
      {...(tone === "danger" ? { role: "alert" } : {})}
      className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded-box border px-3 py-2 ${look}`}
    >
      <Icon size={16} aria-hidden className="shrink-0" />
      <div className="flex min-w-0 flex-1 basis-48 flex-wrap items-center justify-between gap-2">{children}</div>
    </div>
  );
}

/** Where there is nothing yet: why, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="grid grid-cols-1 justify-items-center gap-2 rounded-box border border-dashed px-6 py-12 text-center">
      <p className="text-base font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-muted">{children}</div>}
    </div>
  );
}

/** Something could not be read. */
export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const isRefused = error instanceof RequestError && error.status < 500;
  return (
    <Notice tone="danger">
      <span>{error.message}</span>
      {!isRefused && <Button onClick={onRetry}>Try again</Button>}
    </Notice>
  );
}

/** Grey shapes where something is about to be. */
export function Skeleton({ rows = 4, className = "h-14" }: { rows?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2">
      {[...Array(rows).keys()].map((row) => (
        <div key={row} className={`rounded-box bg-surface motion-safe:animate-pulse ${className}`} />
      ))}
    </div>
  );
}

/** A whole page that is about to be. */
export function Loading() {
  return (
    <div className="grid grid-cols-1 gap-6">
      <div className="h-8 w-48 motion-safe:animate-pulse rounded-md bg-surface" />
      <Skeleton />
    </div>
  );
}
