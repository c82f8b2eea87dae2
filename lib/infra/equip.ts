import type { Equipment } from "./function-grants.ts";
import { grant } from "./permission.ts";
import type { SlipwayFunction } from "./slipway-function.ts";
import type { RowsPlace, Tables } from "./tables.ts";

/** Gives a function its environment and its grants. */
export function equip(handler: SlipwayFunction, tables: Tables, equipment: Equipment): void {
  const { environment, rows = {}, permissions = [] } = equipment;
  for (const [name, value] of Object.entries(environment)) handler.addEnvironment(name, value);
  for (const [place, operations] of Object.entries(rows) as [RowsPlace, readonly string[]][]) {
    const actions = operations.map((operation) => `dynamodb:${operation}`);
    grant(handler.ownRole, { actions, on: [tables.arnOf(place)] });
  }
  for (const permission of permissions) grant(handler.ownRole, permission);
}
