import type { FunctionGrants } from "./function-grants.ts";
import { grant } from "./permission.ts";
import type { SlipwayFunction } from "./slipway-function.ts";
import type { RowsPlace, Tables } from "./tables.ts";

/** Gives a function its environment and its grants. */
export function applyGrants(handler: SlipwayFunction, tables: Tables, grants: FunctionGrants): void {
  const { environment, rows = {}, permissions = [] } = grants;
  for (const [name, value] of Object.entries(environment)) handler.addEnvironment(name, value);
  for (const [place, operations] of Object.entries(rows) as [RowsPlace, readonly string[]][]) {
    const actions = operations.map((operation) => `dynamodb:${operation}`);
    grant(handler.ownRole, { actions, on: [tables.arnOf(place)] });
  }
  for (const permission of permissions) grant(handler.ownRole, permission);
}
