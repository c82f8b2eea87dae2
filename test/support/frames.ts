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

/**
 * Scrolls the log from its beginning to its end in so many steps: how long each frame took, in milliseconds, and in how
 * many frames no row was in view yet. A step waits until a row is in view, so that a busy machine makes it slower, not
 * wrong; rows that never come end it by the time limit of the test.
 */
export function scrolled(
  page: Page,
  { steps }: { steps: number },
): Promise<{ times: number[]; framesWithoutRow: number }> {
  return page.getByRole("log").evaluate(
    (log, steps) =>
      new Promise<{ times: number[]; framesWithoutRow: number }>((done) => {
        const times: number[] = [];
        let framesWithoutRow = 0;
        let before: number | null = null;
        let step = 0;
        const way = log.scrollHeight - log.clientHeight;
        const isRowInView = () => {
          const { top, left, height } = log.getBoundingClientRect();
          return document.elementFromPoint(left + 20, top + height / 2)?.closest("[data-index]") !== null;
        };
        const next = (now: number) => {
          if (before !== null) times.push(now - before);
          before = now;
          if (!isRowInView()) framesWithoutRow++;
          else if (step === steps) return done({ times, framesWithoutRow });
          else log.scrollTop = (way * ++step) / steps;
          requestAnimationFrame(next);
        };
        log.scrollTop = 0;
        requestAnimationFrame(next);
      }),
    steps,
  );
}
