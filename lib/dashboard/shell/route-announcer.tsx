import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";

/** Tells a screen reader, and the scroll position, that another page is shown: nothing is loaded that would. */
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
