import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Bus } from "../../core/ports/infrastructure.ts";

/** An event bus of EventBridge; Slipway's events have the source `slipway`. */
export function awsBus(client: EventBridgeClient, name: string): Bus {
  return {
    put: async (detailType, detail) => {
      const entry = { EventBusName: name, Source: "slipway", DetailType: detailType, Detail: JSON.stringify(detail) };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
      const refused = answer.Entries?.find((each) => each.ErrorCode !== undefined);
      if (refused !== undefined)
        throw new Error(`EventBridge refused the event: ${refused.ErrorCode} ${refused.ErrorMessage}`);
    },
  };
}
