/** Notes that something is not as it must be: which promise was broken, and the particulars. */
export type Complain = (promise: string, particulars: string) => void;

export interface SoakReport {
  readonly complain: Complain;
  readonly complaints: readonly string[];
  /** A line of the table at the end. */
  figure(name: string, value: string | number): void;
  /** The table, and below it the complaints, each promise with its first particulars. */
  print(write: (line: string) => void): void;
}

const shownEach = 5;

export function createReport(): SoakReport {
  const complaints: string[] = [];
  const broken = new Map<string, string[]>();
  const figures: [string, string | number][] = [];
  return {
    complaints,
    complain: (promise, particulars) => {
      complaints.push(`${promise}: ${particulars}`);
      broken.set(promise, [...(broken.get(promise) ?? []), particulars]);
    },
    figure: (name, value) => void figures.push([name, value]),
    print: (write) => {
      const width = Math.max(0, ...figures.map(([name]) => name.length));
      for (const [name, value] of figures) write(`${name.padEnd(width)}  ${value}`);
      for (const [promise, particulars] of broken) {
        write(`\n${promise} (${particulars.length})`);
        for (const one of particulars.slice(0, shownEach)) write(`  ${one}`);
      }
    },
  };
}
