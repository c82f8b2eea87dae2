import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";

/** How long `g` waits for the key after it. */
const sequenceMs = 1_000;
const places: Readonly<Record<string, string>> = { a: "/", d: "/deployments", m: "/metrics" };

/** What the help dialog lists. */
export const shortcuts: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ["Ctrl", "K"], does: "Open the command palette (⌘ K on a Mac)" },
  { keys: ["g", "a"], does: "Go to the apps" },
  { keys: ["g", "d"], does: "Go to the deployments" },
  { keys: ["g", "m"], does: "Go to the metrics" },
  { keys: ["?"], does: "Show this help" },
];

/** The keyboard's short ways. None of them fires while somebody types or a dialog is open. */
export function useShortcuts(actions: { readonly openPalette: () => void; readonly openHelp: () => void }): void {
  const navigate = useNavigate();
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let leaderAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isTyping(event.target)) return;
      if (event.ctrlKey || event.metaKey) {
        if (event.key.toLowerCase() !== "k" || event.shiftKey) return;
        event.preventDefault();
        return latest.current.openPalette();
      }
      const place = event.timeStamp - leaderAt < sequenceMs ? places[event.key] : undefined;
      leaderAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (place !== undefined) void navigate(place);
      if (event.key === "?") latest.current.openHelp();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [navigate]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest("input, textarea, select, [role=dialog], [role=menu]") !== null);
