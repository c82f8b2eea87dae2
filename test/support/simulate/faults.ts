import type { Random } from "./random.ts";
import type { FaultKind, Faults } from "./scheduler.ts";

/** How often each happens, at one opportunity. */
export type Rates = Readonly<Record<FaultKind, number>>;

const usual: Rates = {
  crash_before: 0.002,
  crash_after: 0.003,
  error_before: 0.001,
  error_after: 0.002,
  late: 0.05,
  pause: 0.001,
  stall: 0.003,
  stall_outside: 0.2,
  crash_outside: 0.05,
  clock_jumps: 0.3,
  message_lost: 0.03,
  message_doubled: 0.06,
  message_delayed: 0.05,
  delivery_lost: 0.05,
  delivery_delayed: 0.15,
  delivery_doubled: 0.1,
  git_unreachable: 0.05,
  socket_unreachable: 0.03,
  socket_gone: 0.02,
  report_again: 0.1,
  builds_full: 0.05,
  index_lags: 0.5,
};

/** Some seeds are quiet, some are wild, and each leaves some kinds of faults out. */
export function ratesOf(random: Random): Rates {
  const wildness = random.pick([0, 0.5, 1, 1, 3, 8]);
  const rates = Object.entries(usual).map(([kind, rate]) => {
    const isLeftOut = random.chance(0.2);
    return [kind, isLeftOut ? 0 : Math.min(0.5, rate * wildness)];
  });
  return Object.fromEntries(rates) as Rates;
}

export interface SeededFaults extends Faults {
  /** Those that happened, by number of the opportunity. */
  readonly happened: readonly { readonly number: number; readonly kind: FaultKind }[];
}

/** `only`: of all that the seed brings just these, by number; `isOver`: from then on nothing goes wrong any more. */
export function seededFaults(
  random: Random,
  rates: Rates,
  isOver: () => boolean,
  only: ReadonlySet<number> | null,
): SeededFaults {
  const happened: { number: number; kind: FaultKind }[] = [];
  let opportunities = 0;
  return {
    happened,
    happens: (kind) => {
      const number = opportunities++;
      const comes = random.chance(rates[kind]);
      if (!comes || isOver() || (only !== null && !only.has(number))) return false;
      happened.push({ number, kind });
      return true;
    },
  };
}
