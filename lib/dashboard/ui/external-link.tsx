import { ExternalLink as Icon } from "lucide-react";
import type { ReactNode } from "react";

/** A link that leaves the dashboard, in a tab of its own. */
export function ExternalLink({ href, children }: { href: string; children?: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="relative z-10 inline-flex max-w-full items-center gap-1 text-accent hover:underline"
    >
      <span className="truncate">{children ?? href.replace(/^https?:\/\//, "")}</span>
      <Icon size={13} aria-hidden className="shrink-0" />
      <span className="sr-only">(opens a new tab)</span>
    </a>
  );
}
