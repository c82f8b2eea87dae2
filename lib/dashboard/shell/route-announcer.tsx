import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";

/** Announces to a screen reader that another page is shown, and resets the scroll position: nothing is loaded that would. */
export function RouteAnnouncer() {
  const { pathname } = useLocation();
  const [title, setTitle] = useState("");
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    scrollTo(0, 0);
    // The page has set its title by then: effects of children run first.
    setTitle(document.title);
  }, [pathname]);
  return (
    <p aria-live="polite" className="sr-only">
      {title}
    </p>
  );
}
