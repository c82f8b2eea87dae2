/** Lines of BuildKit's rawjson, as `docker buildx build --progress=rawjson` prints them. */

const T0 = Date.parse("2025-11-14T10:30:00Z");

/** A time `ms` after the start of the build, as Go writes it. */
export const at = (ms: number): string => new Date(T0 + ms).toISOString();

export interface VertexFields {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

export const status = (fields: {
  readonly vertexes?: readonly VertexFields[];
  readonly logs?: readonly unknown[];
  readonly warnings?: readonly unknown[];
}): string => JSON.stringify(fields);

export const log = (vertex: string, text: string | Uint8Array, ms = 0, stream = 1) => ({
  vertex,
  stream,
  data: Buffer.from(text).toString("base64"),
  timestamp: at(ms),
});

/** A whole build: each step with what it prints, one line of progress for each thing that happens. */
export function buildProgress(
  steps: readonly { readonly name: string; readonly output: string; readonly error?: string }[],
) {
  const all = steps.map(({ name }, index) => ({ digest: `sha256:${index}`, name }));
  return [
    status({ vertexes: all }),
    ...steps.flatMap(({ output, error }, index) => {
      const vertex = all[index] ?? { digest: "", name: "" };
      const started = at(index * 100);
      return [
        status({ vertexes: [{ ...vertex, started }] }),
        ...(output === "" ? [] : [status({ logs: [log(vertex.digest, output, index * 100 + 50)] })]),
        status({
          vertexes: [
            { ...vertex, started, completed: at(index * 100 + 99), ...(error === undefined ? {} : { error }) },
          ],
        }),
      ];
    }),
  ];
}
