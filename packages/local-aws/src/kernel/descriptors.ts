import { readFileSync } from "node:fs";
import type { Server } from "node:net";

/** What stores, functions, builds and tasks need for themselves. */
const OWN = 256;
/** Of what is left; each connection from outside may lead to another one, to an app. */
const SHARE = 0.4;
const LEAST = 64;
/** If the system does not report a limit. */
const USUAL = 4096;

/** How many files this process may have open, sockets included. */
function mostOpenFiles(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? USUAL : Number(soft);
  } catch {
    return USUAL;
  }
}

/**
 * Bounds the connections of several servers together: from now on those of a server that is handed over count, and one too many
 * is closed at once. Whoever may open as many as they like takes every descriptor, and a process that cannot even open a file any
 * more is ended by Node itself.
 */
export type HoldConnections = (server: Server) => void;

export function boundConnections(openFiles = mostOpenFiles()): HoldConnections {
  const most = Math.max(LEAST, Math.floor((openFiles - OWN) * SHARE));
  let open = 0;
  return (server) => {
    server.on("connection", (socket) => {
      if (open >= most) {
        socket.destroy();
        return;
      }
      open += 1;
      socket.once("close", () => {
        open -= 1;
      });
    });
  };
}
