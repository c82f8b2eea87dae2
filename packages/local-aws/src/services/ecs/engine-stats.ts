import type { TaskUse } from "./task-runner.ts";

/** What `stats --no-stream --format` is to say of a container. */
export const STATS = "{{.CPUPerc}}|{{.MemUsage}}";

/** Docker counts by 1024 and says so (`KiB`), Podman by 1000 (`kB`). */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** What an engine says that a container uses: `0.15%|8.7MB / 536.9MB`; `undefined`: it does not run any more. */
export function useOf(text: string): TaskUse | undefined {
  const [, percent, amount, unit = ""] = /^([\d.]+)%\|([\d.]+)\s*([kmgt]?i?b)\b/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (percent === undefined || amount === undefined || factor === undefined) return undefined;
  return { processors: Number(percent) / 100, memoryBytes: Number(amount) * factor };
}
