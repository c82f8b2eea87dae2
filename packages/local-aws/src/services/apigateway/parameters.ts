import type { HeaderList } from "./message.ts";

/** Headers or query parameters as proxy events carry them: the last value, and all of them. */
export interface Parameters {
  readonly single: Record<string, string>;
  readonly multi: Record<string, string[]>;
}

/** Names that differ only in case are one header, under the name first sent. */
export function headerParameters(headers: HeaderList): Parameters {
  const names = new Map<string, string>();
  return collect(
    headers.map(([name, value]) => {
      const known = names.get(name.toLowerCase()) ?? name;
      names.set(name.toLowerCase(), known);
      return [known, value];
    }),
  );
}

export function queryParameters(query: string): Parameters {
  return collect([...new URLSearchParams(query)]);
}

function collect(pairs: HeaderList): Parameters {
  const multi = new Map<string, string[]>();
  for (const [name, value] of pairs) multi.set(name, [...(multi.get(name) ?? []), value]);
  return { single: Object.fromEntries(pairs), multi: Object.fromEntries(multi) };
}

/** API Gateway says `null` for an empty map in an integration's event. */
export function orNull<T extends object>(map: T): T | null {
  return Object.keys(map).length === 0 ? null : map;
}
