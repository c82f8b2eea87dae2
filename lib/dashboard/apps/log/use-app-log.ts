import type { AppLogLine, AppLogPage, AppLogQuery } from "@slipway/monitor/client";
import { useCallback, useEffect, useState } from "react";
import { client } from "../../api/client.ts";

const pageSize = 500;
const mostLines = 50_000;
const waitSeconds = 20;
const retryMs = 2000;

interface AppLogView {
  readonly lines: readonly AppLogLine[];
  /** Where to go back from; `null`: nothing is before. */
  readonly previous: string | null;
  readonly state: "loading" | "following" | "reconnecting" | "complete";
  /** A refusal, which asking again does not change. */
  readonly error: Error | null;
}

const nothing: AppLogView = { lines: [], previous: null, state: "loading", error: null };

/** What an app prints, as it comes, for as long as it is shown. `at`: the cursor of a line to begin around. */
export function useAppLog(appId: number, filter: AppLogQuery, at: string | null) {
  const [view, setView] = useState(nothing);
  const asked = JSON.stringify(filter);
  useEffect(() => {
    const ending = new AbortController();
    setView(nothing);
    void follow(appId, JSON.parse(asked), at, ending.signal, setView);
    return () => ending.abort();
  }, [appId, asked, at]);

  const { previous } = view;
  const loadEarlier = useCallback(async () => {
    if (previous === null) return;
    const page = await client.readAppLog(appId, { ...JSON.parse(asked), before: previous, limit: pageSize });
    setView((now) => ({ ...now, lines: [...page.lines, ...now.lines], previous: page.previous }));
  }, [appId, asked, previous]);
  return { ...view, loadEarlier };
}

type Update = (change: (now: AppLogView) => AppLogView) => void;

async function follow(
  appId: number,
  filter: AppLogQuery,
  at: string | null,
  signal: AbortSignal,
  update: Update,
): Promise<void> {
  let page: AppLogPage | null = null;
  while (!signal.aborted && page?.complete !== true) {
    const begun = Date.now();
    try {
      const next: AppLogPage =
        page === null
          ? await client.readAppLog(appId, { ...filter, limit: pageSize, ...(at === null ? {} : { before: at }) })
          : await client.readAppLog(appId, { ...filter, after: page.next, limit: pageSize, wait: waitSeconds });
      if (signal.aborted) return;
      const isFirst = page === null;
      page = next;
      update((now) => ({
        lines: next.lines.length === 0 ? now.lines : kept([...now.lines, ...next.lines]),
        previous: isFirst ? next.previous : now.previous,
        state: next.complete ? "complete" : "following",
        error: null,
      }));
      // The server holds too many answers already.
      if (next.lines.length === 0 && !isFirst && Date.now() - begun < retryMs) await pause(signal);
    } catch (error) {
      if (signal.aborted) return;
      update((now) => ({ ...now, state: "reconnecting", error: error instanceof Error ? error : null }));
      await pause(signal);
    }
  }
}

/** A page that stays open must not fill the browser's memory. */
const kept = (lines: readonly AppLogLine[]): readonly AppLogLine[] =>
  lines.length > mostLines ? lines.slice(-mostLines / 2) : lines;

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resume) => {
    const timer = setTimeout(resume, retryMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resume();
    });
  });
