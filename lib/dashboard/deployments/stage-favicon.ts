import type { Stage } from "@slipway/monitor/client";
import { useEffect } from "react";

const moving = "#1f6feb";
const colours: Readonly<Record<Stage, string>> = {
  pending: "#768390",
  cloning: moving,
  building: moving,
  awaiting_approval: "#c98500",
  deploying: moving,
  success: "#1a8f4a",
  failed: "#d1332a",
  cancelled: "#768390",
  superseded: "#768390",
};

const going = "M10 16h11M16 10l6 6-6 6";
/** White on the colour: a tick, a cross, a bar for what was stopped, an arrow for what goes on. */
const signs: Readonly<Record<Stage, string>> = {
  pending: going,
  cloning: going,
  building: going,
  awaiting_approval: "M12 10v12M20 10v12",
  deploying: going,
  success: "M9 16.5l5 5 9-10",
  failed: "M11 11l10 10M21 11L11 21",
  cancelled: "M10 16h12",
  superseded: "M10 16h12",
};

/** The tab's icon says how a deployment stands, also while another tab is looked at. */
export function useStageFavicon(stage: Stage | undefined): void {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link === null || stage === undefined) return;
    const ordinary = link.href;
    link.href = icon(stage);
    return () => {
      link.href = ordinary;
    };
  }, [stage]);
}

function icon(stage: Stage): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="${colours[stage]}"/><path d="${signs[stage]}" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
