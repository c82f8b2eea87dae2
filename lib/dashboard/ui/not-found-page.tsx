import { Link } from "react-router";
import { buttonClass } from "./button.tsx";
import { usePageTitle } from "./page-title.ts";

/** For addresses that lead nowhere, and for what is not there or not for this caller. */
export function NotFoundPage({ sentence = "This page doesn't exist." }: { sentence?: string }) {
  usePageTitle("Not found");
  return (
    <div className="grid grid-cols-1 justify-items-center gap-4 py-20 text-center">
      <h1 className="text-xl font-semibold">Not found</h1>
      <p className="max-w-prose text-muted">
        {sentence} It may have been deleted, or you may not be allowed to see it.
      </p>
      <Link to="/" className={buttonClass("primary")}>
        Go to the apps
      </Link>
    </div>
  );
}
