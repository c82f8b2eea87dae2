import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { type Aggregate, aggregate, EMPTY, merged, withValue } from "./aggregate.ts";
import { keyOf, type Metric } from "./metrics.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** For so long there is a value for each minute. AWS keeps them for 15 days, this machine for less. */
const MINUTES_KEPT_MS = DAY_MS;
/** For so long there is one for each hour. AWS keeps them for 455 days. */
const HOURS_KEPT_MS = 32 * DAY_MS;

/** The parts of a longer time, by their number within it: the minutes of an hour, or the hours of a day. */
const stored = z.object({ time: z.number(), name: z.string(), parts: z.record(z.string(), aggregate) });
type Stored = z.infer<typeof stored>;

/** A value for a period that has begun at `at`, in milliseconds since the epoch. */
interface PublishedPeriod {
  readonly at: number;
  readonly values: Aggregate;
}

/** What `GetMetricData` answers from: metrics by the minutes of the clock, kept over the end of the local mode. */
export interface Published {
  record(metric: Metric, value: number): void;
  /**
   * Of the periods that have begun at `from` or later and before `to`, those for which something was counted, the oldest first.
   * A minute is shown `lateMs` after its end.
   */
  read(
    metric: Metric,
    range: { readonly from: number; readonly to: number; readonly periodMs: number },
  ): PublishedPeriod[];
  /** Writes what is in memory only. */
  flush(): void;
}

const floor = (at: number, size: number): number => Math.floor(at / size) * size;

/** Every size of parts that is kept, in documents that each hold the parts of one longer time. */
class Parts {
  readonly #documents;
  /** Before when nothing is left, so that what grew old while the local mode was not up is found. */
  readonly #tidied;
  readonly #name: string;
  readonly #partMs: number;
  readonly #wholeMs: number;
  readonly #keptMs: number;

  constructor(
    { state }: Pick<LocalContext, "state">,
    name: string,
    sizes: { part: number; whole: number; kept: number },
  ) {
    this.#documents = state.collection(name, stored, { time: ({ time }: Stored) => String(time) });
    this.#tidied = state.collection("cloudwatch.tidied", z.number());
    this.#name = name;
    [this.#partMs, this.#wholeMs, this.#keptMs] = [sizes.part, sizes.whole, sizes.kept];
  }

  #partsOf(name: string): Stored["parts"] {
    return this.#documents.get(name)?.parts ?? {};
  }

  add(key: string, at: number, values: Aggregate): void {
    const time = floor(at, this.#wholeMs);
    const name = `${time} ${key}`;
    const parts = this.#partsOf(name);
    const part = String((floor(at, this.#partMs) - time) / this.#partMs);
    this.#documents.put(name, { time, name, parts: { ...parts, [part]: merged(parts[part] ?? EMPTY, values) } });
  }

  read(key: string, from: number, to: number): PublishedPeriod[] {
    const found: PublishedPeriod[] = [];
    for (let time = floor(from, this.#wholeMs); time < to; time += this.#wholeMs) {
      for (const [part, values] of Object.entries(this.#partsOf(`${time} ${key}`)))
        found.push({ at: time + Number(part) * this.#partMs, values });
    }
    return found.filter(({ at }) => at >= from && at < to).toSorted((a, b) => a.at - b.at);
  }

  /** Forgets what is too old. */
  tidy(now: number): void {
    const oldest = floor(now - this.#keptMs, this.#wholeMs);
    const tidied = this.#tidied.get(this.#name) ?? oldest - this.#wholeMs;
    if (oldest <= tidied) return;
    for (let time = tidied; time < oldest; time += this.#wholeMs) {
      for (const { name } of this.#documents.where("time", String(time))) this.#documents.delete(name);
    }
    this.#tidied.put(this.#name, oldest);
  }
}

export function createPublished(context: Pick<LocalContext, "state" | "clock">, lateMs: number): Published {
  const minutes = new Parts(context, "cloudwatch.minutes", { part: MINUTE_MS, whole: HOUR_MS, kept: MINUTES_KEPT_MS });
  const hours = new Parts(context, "cloudwatch.hours", { part: HOUR_MS, whole: DAY_MS, kept: HOURS_KEPT_MS });
  /** The minute that runs, by metric. */
  let running = new Map<string, Aggregate>();
  let minute = 0;

  const flush = (): void => {
    const over = running;
    running = new Map();
    for (const [key, values] of over) {
      minutes.add(key, minute, values);
      hours.add(key, minute, values);
    }
    minutes.tidy(minute);
    hours.tidy(minute);
  };
  const begin = (): void => {
    const now = floor(context.clock.now(), MINUTE_MS);
    if (now === minute) return;
    if (running.size > 0) flush();
    minute = now;
  };

  return {
    record: (metric, value) => {
      begin();
      const key = keyOf(metric);
      running.set(key, withValue(running.get(key) ?? EMPTY, value));
    },
    read: (metric, { from, to, periodMs }) => {
      begin();
      const shown = Math.min(to, floor(context.clock.now() - lateMs, MINUTE_MS));
      const parts = periodMs % HOUR_MS === 0 ? hours : minutes;
      const periods = new Map<number, Aggregate>();
      for (const { at, values } of parts.read(keyOf(metric), from, shown)) {
        const period = floor(at, periodMs);
        periods.set(period, merged(periods.get(period) ?? EMPTY, values));
      }
      return [...periods].map(([at, values]) => ({ at, values }));
    },
    flush,
  };
}
