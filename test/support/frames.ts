import type { Page } from "playwright-core";

/** How long frames took while nothing happened, in milliseconds. */
export function frameTimes(page: Page, frames: number): Promise<readonly number[]> {
  return page.evaluate(
    (frames) =>
      new Promise<number[]>((done) => {
        const times: number[] = [];
        let before: number | null = null;
        const next = (now: number) => {
          if (before !== null) times.push(now - before);
          before = now;
          if (times.length < frames) requestAnimationFrame(next);
          else done(times);
        };
        requestAnimationFrame(next);
      }),
    frames,
  );
}

/** Scrolls the log from its beginning to its end in so many frames: how long each took, and in how many no row was in view. */
export function scrolled(
  page: Page,
  { frames }: { frames: number },
): Promise<{ times: readonly number[]; rowsMissing: number }> {
  return page.getByRole("log").evaluate(
    (log, frames) =>
      new Promise<{ times: number[]; rowsMissing: number }>((done) => {
        const times: number[] = [];
        let rowsMissing = 0;
        let before: number | null = null;
        const way = log.scrollHeight - log.clientHeight;
        const isRowInView = () => {
          const { top, left, height } = log.getBoundingClientRect();
          return document.elementFromPoint(left + 20, top + height / 2)?.closest("[data-index]") !== null;
        };
        const next = (now: number) => {
          if (before !== null) {
            times.push(now - before);
            if (!isRowInView()) rowsMissing++;
          }
          before = now;
          if (times.length === frames) return done({ times, rowsMissing });
          log.scrollTop = (way * (times.length + 1)) / frames;
          requestAnimationFrame(next);
        };
        log.scrollTop = 0;
        requestAnimationFrame(next);
      }),
    frames,
  );
}
