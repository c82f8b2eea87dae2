import { WebSocket } from "ws";

/** Sockets that can be cut. */
export interface Sockets {
  /** As browsers have it. */
  readonly WebSocket: typeof globalThis.WebSocket;
  /** Cuts those of a deployment without a goodbye. */
  cut(deploymentId: number): void;
  /** How many of a deployment were opened so far. */
  opened(deploymentId: number): number;
}

export function cuttableSockets(): Sockets {
  const all: { readonly deploymentId: number; readonly socket: WebSocket }[] = [];
  class CuttableSocket extends WebSocket {
    constructor(address: string) {
      super(address);
      all.push({ deploymentId: Number(new URL(address).searchParams.get("id")), socket: this });
      // Whoever has let go of it takes no errors any more, and one that nobody takes would end the process.
      this.on("error", () => {});
    }
  }
  const of = (deploymentId: number) => all.filter((each) => each.deploymentId === deploymentId);
  return {
    // It has all that the client uses.
    WebSocket: CuttableSocket as unknown as typeof globalThis.WebSocket,
    cut: (deploymentId) => {
      for (const { socket } of of(deploymentId)) socket.terminate();
    },
    opened: (deploymentId) => of(deploymentId).length,
  };
}
