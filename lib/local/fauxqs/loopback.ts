import net from "node:net";

/**
 * Runs `start`, and makes any server that asks for all interfaces meanwhile listen on 127.0.0.1 instead:
 * fauxqs binds to 0.0.0.0 whatever it is told. Two may run at once and end in any order.
 */
export async function onLoopback<T>(start: () => Promise<T>): Promise<T> {
  const { prototype } = net.Server;
  const before = prototype.listen;
  let active = true;
  const narrowed = function (this: net.Server, ...given: unknown[]): net.Server {
    const narrow = (it: unknown): unknown =>
      active && typeof it === "object" && it !== null && "host" in it && it.host === "0.0.0.0"
        ? { ...it, host: "127.0.0.1" }
        : it;
    return Reflect.apply(before, this, given.map(narrow));
  };
  prototype.listen = narrowed;
  try {
    return await start();
  } finally {
    active = false;
    // Another start may have wrapped this one meanwhile; what stays below it is inert.
    if (prototype.listen === narrowed) prototype.listen = before;
  }
}
