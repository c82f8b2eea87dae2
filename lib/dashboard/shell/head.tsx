import { Search } from "lucide-react";
import { Link, useLocation } from "react-router";
import { Mark } from "../ui/mark.tsx";
import { ConnectionIndicator } from "./connection-indicator.tsx";
import { UserMenu } from "./user-menu.tsx";

export function Head({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  return (
    <header className="sticky top-0 z-30 border-b bg-ground [@media(max-height:24rem)]:static">
      <div className="mx-auto flex min-h-13 max-w-6xl flex-wrap items-center gap-x-1 px-4 sm:gap-x-4">
        <Link to="/" className="flex items-center gap-2 rounded-md font-semibold">
          <Mark />
          <span className="max-sm:sr-only">Slipway</span>
        </Link>
        <Navigation />
        <div className="ml-auto flex items-center gap-1 sm:gap-2">
          <ConnectionIndicator />
          <button
            type="button"
            onClick={onSearch}
            className="flex h-8 items-center gap-2 rounded-md px-2 text-muted transition-colors hover:bg-raised hover:text-text sm:border sm:bg-surface"
          >
            <Search size={15} aria-hidden />
            <span className="max-md:sr-only">Search</span>
            <kbd className="font-mono text-xs max-sm:hidden">Ctrl K</kbd>
          </button>
          <UserMenu onHelp={onHelp} />
        </div>
      </div>
    </header>
  );
}

function Navigation() {
  const { pathname } = useLocation();
  const isDeployments = pathname.startsWith("/deployments");
  const isApps = pathname === "/" || pathname.startsWith("/apps");
  return (
    <nav
      aria-label="Main"
      className="flex h-13 max-[23.75rem]:order-last max-[23.75rem]:h-10 max-[23.75rem]:basis-full"
    >
      <Place to="/" current={isApps} exact={pathname === "/"}>
        Apps
      </Place>
      <Place to="/deployments" current={isDeployments} exact={pathname === "/deployments"}>
        Deployments
      </Place>
      <Place to="/metrics" current={pathname === "/metrics"} exact>
        Metrics
      </Place>
    </nav>
  );
}

function Place(props: { to: string; current: boolean; exact: boolean; children: string }) {
  return (
    <Link
      to={props.to}
      {...(props.current ? { "aria-current": props.exact ? "page" : "true" } : {})}
      className="flex h-full items-center border-b-2 border-transparent px-1.5 text-muted hover:text-text aria-[current]:border-accent sm:px-2 aria-[current]:text-text"
    >
      {props.children}
    </Link>
  );
}
