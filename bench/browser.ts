import type { Page } from "playwright-core";
import { visit } from "../test/support/browser.ts";
import { frameTimes, scrolled } from "../test/support/frames.ts";

type Visitor = Awaited<ReturnType<typeof visit>>;
export type OpenBrowser = Parameters<typeof visit>[0];

/** What a page noted of itself: when each stamped line and each status was there to be seen, in epoch milliseconds. */
interface Notes {
  readonly lines: readonly { readonly printed: number; readonly seen: number }[];
  /** By the stage, and by the stage and the progress in percent. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Opens a deployment in the dashboard and answers, when it is over, what was seen there and when. */
export async function watchInBrowser(browser: OpenBrowser, url: string, id: number): Promise<() => Promise<Notes>> {
  const { page, context } = await visit(browser);
  await page.addInitScript(takeNotes);
  await page.goto(`${url}/deployments/${id}`);
  await page
    .getByRole("status")
    .filter({ hasText: /^Connected$/ })
    .waitFor();
  return async () => {
    await finished(page);
    const notes = await page.evaluate(() => (globalThis as unknown as { notes: Notes }).notes);
    await context.close();
    return notes;
  };
}

/** Runs in the page. */
function takeNotes(): void {
  const lines: { printed: number; seen: number }[] = [];
  const statuses: Record<string, number> = {};
  Object.assign(globalThis, { notes: { lines, statuses } });
  const known = new Set<string>();
  const check = () => {
    const now = Date.now();
    const stage = document.querySelector("[data-stage]")?.getAttribute("data-stage");
    const progress = document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow");
    if (stage) statuses[stage] ??= now;
    if (stage && progress) statuses[`${stage} ${progress}`] ??= now;
    for (const row of document.querySelectorAll("[data-text]")) {
      const text = row.textContent ?? "";
      const printed = /^stamp (\d+)/.exec(text)?.[1];
      if (printed === undefined || known.has(text)) continue;
      known.add(text);
      lines.push({ printed: Number(printed), seen: now });
    }
  };
  new MutationObserver(check).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    characterData: true,
  });
}

/** How long frames take while a long log is scrolled from end to end, and while nothing happens. */
export async function scrollFrames(browser: OpenBrowser, url: string, id: number) {
  const { page, context }: Visitor = await visit(browser);
  await page.goto(`${url}/deployments/${id}`);
  await finished(page);
  const idle = await frameTimes(page, 120);
  const { times } = await scrolled(page, { steps: 300 });
  await context.close();
  return { idle, scrolling: times };
}

const finished = (page: Page) => page.getByRole("status").filter({ hasText: "Finished" }).waitFor({ timeout: 120_000 });
