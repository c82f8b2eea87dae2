import { Snowflake } from "lucide-react";
import { Link } from "react-router";
import { useMay } from "../session/session.tsx";
import { frozenUntil, useFreeze } from "./use-freeze.ts";

/** On every page while deployments are frozen: until when, by whom and why. */
export function FreezeBanner() {
  const freeze = useFreeze();
  const isAdmin = useMay("admin");
  if (freeze === null) return null;
  return (
    <aside aria-label="Freeze" className="border-b bg-surface">
      <div className="mx-auto flex w-full max-w-6xl flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <Snowflake size={15} aria-hidden className="shrink-0 text-accent" />
        <p className="line-clamp-2 min-w-0 flex-1 basis-64">
          <span className="font-medium">{frozenUntil(freeze)}</span>{" "}
          <bdi>
            {freeze.actor}: {freeze.reason}
          </bdi>
        </p>
        <Link to="/settings/freeze" className="text-accent underline-offset-2 hover:underline">
          {isAdmin ? "Manage the freeze" : "Details"}
        </Link>
      </div>
    </aside>
  );
}
