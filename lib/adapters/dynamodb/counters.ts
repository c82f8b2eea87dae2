import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Counters } from "../../core/ports/infrastructure.ts";

const counterSchema = z.object({ value: z.number().int().positive() });

/** Atomic counters in DynamoDB. */
export function awsCounters(client: DynamoDBDocumentClient, table: string): Counters {
  return {
    next: async (name) => {
      const answer = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { name },
          UpdateExpression: "ADD #value :one",
          ExpressionAttributeNames: { "#value": "value" },
          ExpressionAttributeValues: { ":one": 1 },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return counterSchema.parse(answer.Attributes).value;
    },
  };
}
