import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type DeliveryKey, deliverySchema } from "../../core/notice/delivery.ts";
import type { Deliveries } from "../../core/ports/notices.ts";
import { noticeKeys } from "./keys.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

const keptSeconds = 14 * 24 * 3600;

const keyOf = ({ app_id, deployment_id, stage, endpoint_id, run_id }: DeliveryKey) =>
  run_id === null
    ? noticeKeys.delivery(app_id, deployment_id, stage, endpoint_id)
    : noticeKeys.deliveryOfRun(app_id, run_id, endpoint_id);

/** Deliveries in DynamoDB, beside the health of their app's endpoints. */
export function awsDeliveries(client: DynamoDBDocumentClient, table: string): Deliveries {
  return {
    get: async (key) => {
      const item = await getItem(client, table, keyOf(key));
      return item === undefined ? null : deliverySchema.parse(item);
    },
    replace: (next, now) => {
      const expires_at = Math.floor(Date.parse(now) / 1000) + keptSeconds;
      return putNextVersion(client, table, keyOf(next), { ...next, expires_at });
    },
  };
}
