/** What a command asks of its own machine over HTTP. */
export interface Asked {
  /** `null`: it is not written out. */
  readonly port: number | null;
  readonly path: string;
}

const address = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::([^/\s"'`|]*))?(\/[^\s"'`|);\\]*)?/;

/** What the command of a `HEALTHCHECK` asks of its own machine, whatever it asks with; `null`: nothing, or not over HTTP. */
export function askedBy(command: string): Asked | null {
  const found = address.exec(command);
  if (found === null) return null;
  const [, port = "", path = "/"] = found;
  return { port: /^\d{1,5}$/.test(port) ? Number(port) : null, path };
}
