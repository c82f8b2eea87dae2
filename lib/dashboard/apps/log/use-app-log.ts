import type { AppLogLine, AppLogPage, AppLogQuery } from "@slipway/monitor/client";
import { useCallback, useEffect, useState } from "react";
import { client } from "../../api/client.ts";

const pageSize = 500;
const mostLines = 50_000;
const waitSeconds = 20;
const retryMs = 2000;

interface AppLogView {
  readonly lines: readonly AppLogLine[];
  /**
   * Where the line is, or will be, with whose cursor reading began, from 0: the same line has another cursor in each answer.
   * `null`: reading began elsewhere, or it is not kept any more.
   */
  readonly linked: number | null;
  /** Where to go back from; `null`: nothing is before. */
  readonly previous: string | null;
  readonly state: "loading" | "following" | "reconnecting" | "complete";
  /** A refusal, which asking again does not change. */
  readonly error: Error | null;
}

const nothing: AppLogView = { lines: [], linked: null, previous: null, state: "loading", error: null };

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
    setView((now) => ({
      ...now,
      lines: [...page.lines, ...now.lines],
      linked: moved(now.linked, page.lines.length),
      previous: page.previous,
    }));
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
      const next: AppLogPage & Partial<Beginning> =
        page === null
          ? await begin(appId, filter, at)
          : await client.readAppLog(appId, { ...filter, after: page.next, limit: pageSize, wait: waitSeconds });
      if (signal.aborted) return;
      const isFirst = page === null;
      page = next;
      update((now) => ({
        ...grown(now, next.lines),
        ...(next.linked === undefined ? {} : { linked: next.linked }),
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

interface Beginning extends AppLogPage {
  readonly linked: number | null;
}

/** The last lines, or those around a line. */
async function begin(appId: number, filter: AppLogQuery, at: string | null): Promise<Beginning> {
  if (at === null) return { ...(await client.readAppLog(appId, { ...filter, limit: pageSize })), linked: null };
  const before = await client.readAppLog(appId, { ...filter, before: at, limit: pageSize });
  const rest = await client.readAppLog(appId, { ...filter, after: before.next, limit: pageSize });
  const lines = [...before.lines, ...rest.lines];
  return { ...rest, lines, previous: before.previous, linked: before.lines.length };
}

/** The lines and those that follow. A page that stays open must not fill the browser's memory. */
function grown({ lines, linked }: AppLogView, more: readonly AppLogLine[]): Pick<AppLogView, "lines" | "linked"> {
  if (more.length === 0) return { lines, linked };
  const all = [...lines, ...more];
  const dropped = all.length > mostLines ? all.length - mostLines / 2 : 0;
  return { lines: all.slice(dropped), linked: moved(linked, -dropped) };
}

function moved(index: number | null, by: number): number | null {
  return index === null || index + by < 0 ? null : index + by;
}

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resume) => {
    const timer = setTimeout(resume, retryMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resume();
    });
  });
