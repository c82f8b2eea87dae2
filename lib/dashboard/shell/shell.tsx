import { lazy, type ReactNode, Suspense, useState } from "react";
import { useLocation } from "react-router";
import { FreezeBanner } from "../freeze/freeze-banner.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { Head } from "./head.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { RouteAnnouncer } from "./route-announcer.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { UnreachableBanner } from "./unreachable-banner.tsx";

const Palette = lazy(() => import("./palette.tsx"));

/** What surrounds every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const { pathname } = useLocation();
  useShortcuts({ openPalette: () => setPaletteOpen(true), openHelp: () => setHelpOpen(true) });
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Head onSearch={() => setPaletteOpen(true)} onHelp={() => setHelpOpen(true)} />
      <UnreachableBanner />
      <FreezeBanner />
      <main id="content" tabIndex={-1} className="mx-auto w-full max-w-6xl flex-1 px-4 py-6 outline-none">
        <ErrorBoundary key={pathname}>{children}</ErrorBoundary>
      </main>
      <RouteAnnouncer />
      <HelpDialog open={helpOpen} onOpenChange={setHelpOpen} />
      {paletteOpen && (
        <Suspense>
          <Palette onClose={() => setPaletteOpen(false)} onHelp={() => setHelpOpen(true)} />
        </Suspense>
      )}
    </div>
  );
}
