/** Asks again until `wanted` says yes; fails after five seconds with what was seen last. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const seen = await ask();
    if (wanted(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`Not within 5 s: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
