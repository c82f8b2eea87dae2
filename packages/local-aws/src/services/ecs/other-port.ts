import { listenedPorts } from "./port-owner.ts";

/** Where an app listens that does not listen where `PORT` says. */
export interface OtherPort {
  /** The port to try instead; `null`: none of them is known to be the app's. */
  readonly port: number | null;
  /** What to say of it, as a sentence. */
  readonly sentence: string;
}

/** It may open a port for its debugger or its figures before the one that counts. */
const CHECKS_BEFORE_VERDICT = 4;

/**
 * Judges, each time it is called, where the processes below `root` listen that nobody answers for at `wanted`; `undefined`: they
 * listen nowhere, or have only just begun to. `known`: ports that the image or the app names, the likeliest first.
 */
export function watchOtherPorts(root: number, wanted: number, known: readonly number[]): () => OtherPort | undefined {
  let times = 0;
  return () => {
    const all = listenedPorts(root).filter(({ port }) => port !== wanted);
    times = all.length === 0 ? 0 : times + 1;
    if (times < CHECKS_BEFORE_VERDICT) return undefined;
    const reached = all.filter(({ isReached }) => isReached).map(({ port }) => port);
    const port = known.find((one) => reached.includes(one)) ?? (reached.length === 1 ? (reached[0] ?? null) : null);
    const where = all.map((one) => `${one.port}${one.isReached ? "" : " (not on 127.0.0.1)"}`).join(", ");
    const tried = port === null ? "" : ` Traffic goes to ${port} instead, which works for one task at a time.`;
    const advice = "Have the app listen on the port in the variable PORT.";
    return {
      port,
      sentence: `The app listens on port ${where}, not on the port in PORT (${wanted}).${tried} ${advice}`,
    };
  };
}
