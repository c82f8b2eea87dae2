import type { Measure } from "../../core/measure.ts";
import type { Sockets } from "../../core/ports/sockets.ts";

/** Sockets that count what did not get through. */
export function measuredSockets(sockets: Sockets, measure: Measure): Sockets {
  return {
    ...sockets,
    post: async (connectionId, text) => {
      try {
        return await sockets.post(connectionId, text);
      } catch (error) {
        measure("FanOutErrors", 1);
        throw error;
      }
    },
  };
}
