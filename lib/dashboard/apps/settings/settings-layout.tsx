import { NavLink, Outlet } from "react-router";
import { useMay } from "../../session/session.tsx";
import { Notice } from "../../ui/states.tsx";
import { useShownApp } from "../app-page.tsx";
import { sections } from "../form/sections.ts";

/** The tab with everything that can be changed of an app: the list of its sections, and one of them. */
export function SettingsLayout() {
  const app = useShownApp();
  const isAdmin = useMay("admin");
  return (
    <div className="grid gap-6 md:grid-cols-[11rem_minmax(0,1fr)]! md:gap-8">
      <nav
        aria-label="Settings"
        className="flex flex-wrap content-start gap-1 md:sticky md:top-4 md:flex-col md:self-start"
      >
        {sections.map(({ name, title }) => (
          <NavLink
            key={name}
            to={`/apps/${app.id}/settings/${name}`}
            className="rounded-md px-2 py-1.5 text-muted hover:bg-raised hover:text-text aria-[current]:bg-raised aria-[current]:font-medium aria-[current]:text-text md:px-3"
          >
            {title}
          </NavLink>
        ))}
      </nav>
      <div className="grid min-w-0 content-start gap-6">
        {!isAdmin && <Notice tone="info">You need the admin role to change these settings.</Notice>}
        <Outlet context={app} />
      </div>
    </div>
  );
}
