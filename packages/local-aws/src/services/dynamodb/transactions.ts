import { createHash } from "node:crypto";
import db, { type Item, type Store, type Table } from "dynalite/db/index.js";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AwsError, type Permission } from "../../kernel/service.ts";
import { type ActionName, act, prepare } from "./actions.ts";
import type { Committer } from "./committer.ts";
import type { FindTable } from "./store.ts";
import { digestOfToken, tokenKey } from "./stream-store.ts";
import { type UnitOfWork, unitOfWork } from "./unit-of-work.ts";
import { parsed, validationError } from "./validation.ts";

const item = z.record(z.string(), z.record(z.string(), z.unknown()));
const keyed = z.looseObject({
  TableName: z.string(),
  Key: item,
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
});
const entry = z
  .strictObject({
    ConditionCheck: z.looseObject({ ...keyed.shape, ConditionExpression: z.string() }).optional(),
    Put: z.looseObject({ ...keyed.omit({ Key: true }).shape, Item: item }).optional(),
    Update: z.looseObject({ ...keyed.shape, UpdateExpression: z.string() }).optional(),
    Delete: keyed.optional(),
  })
  .refine((it) => Object.values(it).filter((part) => part !== undefined).length === 1, {
    message: "TransactItems can only contain one of Check, Put, Update or Delete",
  });
const input = z.object({
  TransactItems: z.array(entry).min(1).max(100),
  ClientRequestToken: z.string().min(1).max(36).optional(),
});

/** How each kind of entry is done by dynalite, and what it is called in a policy. */
const kinds = {
  // Deleting in a unit that is thrown away checks the condition exactly as a real delete would.
  ConditionCheck: { operation: "DeleteItem", action: "dynamodb:ConditionCheckItem" },
  Put: { operation: "PutItem", action: "dynamodb:PutItem" },
  Update: { operation: "UpdateItem", action: "dynamodb:UpdateItem" },
  Delete: { operation: "DeleteItem", action: "dynamodb:DeleteItem" },
} as const satisfies Record<string, { operation: ActionName; action: string }>;
type Kind = keyof typeof kinds;

interface Step {
  readonly kind: Kind;
  readonly table: string;
  /** The item, or its key: whatever names the item. */
  readonly target: Item;
  readonly request: Readonly<Record<string, unknown>>;
  readonly wantsItem: boolean;
}

function stepOf(it: z.infer<typeof entry>): Step {
  const { ConditionCheck, Put, Update, Delete } = it;
  const named = { ConditionCheck, Put, Update, Delete };
  for (const kind of ["ConditionCheck", "Put", "Update", "Delete"] as const) {
    const request = named[kind];
    if (request === undefined) continue;
    const { TableName: table, ReturnValuesOnConditionCheckFailure: returns } = request;
    const target = kind === "Put" ? (Put?.Item ?? {}) : item.parse(request.Key);
    return { kind, table, target, request, wantsItem: returns === "ALL_OLD" };
  }
  throw validationError("TransactItems can only contain one of Check, Put, Update or Delete");
}

const stepsOf = (raw: unknown): readonly Step[] => parsed(input, raw).TransactItems.map(stepOf);

/** What a transaction needs of IAM: each contained action on its own table. `arn` names a table. */
export function transactionPermissions(raw: unknown, arn: (table: string) => string): readonly Permission[] {
  return stepsOf(raw).map(({ kind, table }) => ({ action: kinds[kind].action, resource: arn(table) }));
}

/** The items of the steps, as one text each; `null` for one whose key is incomplete, which names no item. Throws where one comes twice. */
function itemsOf(steps: readonly Step[], find: FindTable): readonly (string | null)[] {
  const seen = new Set<string>();
  const items: (string | null)[] = [];
  for (const { table, target } of steps) {
    const description = find(table);
    if (description === undefined) throw new AwsError("ResourceNotFoundException", "Requested resource not found");
    if (!hasKey(target, description)) {
      items.push(null);
      continue;
    }
    const key = `${table}~${db.createKey(target, description)}`;
    if (seen.has(key)) throw validationError("Transaction request cannot include multiple operations on one item");
    seen.add(key);
    items.push(key);
  }
  return items;
}

/** The items of the transactions that are under way, by the store that they write to. */
const underWay = new WeakMap<Store, Set<string>>();

/** Throws where a transaction on one of the items is under way, as DynamoDB does instead of waiting for it. */
function takeItems(base: Store, items: readonly (string | null)[]): () => void {
  const taken = underWay.get(base) ?? new Set();
  underWay.set(base, taken);
  const isTaken = (item: string | null): boolean => item !== null && taken.has(item);
  const Message = "Transaction is ongoing for the item";
  refuseIfAnyFailed(items.map((item) => (isTaken(item) ? { Code: "TransactionConflict", Message } : { Code: "None" })));
  const own = items.filter((item) => item !== null);
  for (const item of own) taken.add(item);
  return () => {
    for (const item of own) taken.delete(item);
  };
}

/** An incomplete key names no item; the step itself will say so. */
function hasKey(target: Item, table: Table): boolean {
  const type = new Map(table.AttributeDefinitions.map((it) => [it.AttributeName, it.AttributeType]));
  return table.KeySchema.every(({ AttributeName: name }) => target[name]?.[type.get(name) ?? ""] !== undefined);
}

interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

const reasonCodes: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: "ConditionalCheckFailed",
  ValidationException: "ValidationError",
};

/** Does one step in the unit and says how it went; an error that is not the item's own is thrown. */
async function attempt(step: Step, data: unknown, unit: UnitOfWork): Promise<Reason> {
  try {
    await act(kinds[step.kind].operation, data, unit.store);
    return { Code: "None" };
  } catch (error) {
    const code = error instanceof AwsError ? reasonCodes[error.code] : undefined;
    if (!(error instanceof AwsError) || code === undefined) throw error;
    const found = unit.lastRead();
    const shown = code === "ConditionalCheckFailed" && step.wantsItem && found !== undefined;
    return { Code: code, Message: error.message, ...(shown && { Item: found }) };
  }
}

function refuseIfAnyFailed(reasons: readonly Reason[]): void {
  if (reasons.every(({ Code }) => Code === "None")) return;
  const codes = reasons.map(({ Code }) => Code).join(", ");
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  throw new AwsError("TransactionCanceledException", message, 400, { CancellationReasons: reasons });
}

/** Everything or nothing, alone among all writes. The same token again within ten minutes is the same transaction. */
export async function transactWriteItems(
  raw: unknown,
  base: Store,
  find: FindTable,
  committer: Committer,
  clock: Clock,
): Promise<object> {
  const { ClientRequestToken: token } = parsed(input, raw);
  const steps = stepsOf(raw);
  const items = itemsOf(steps, find);
  const prepared = steps.map((step) => ({ step, data: prepare(kinds[step.kind].operation, step.request, base) }));
  const digest = createHash("sha256").update(JSON.stringify(steps)).digest("hex");
  const release = takeItems(base, items);
  try {
    await committer.write(async (unit) => {
      if (token !== undefined) {
        const done = await digestOfToken(base.db, token, clock.now());
        if (done === digest) return;
        if (done !== undefined)
          throw new AwsError("IdempotentParameterMismatchException", "The token belongs to another transaction.");
        unit.addChange({ type: "put", key: tokenKey(token), value: { at: clock.now(), digest } });
      }
      const reasons: Reason[] = [];
      for (const { step, data } of prepared) {
        const target = step.kind === "ConditionCheck" ? unitOfWork(base, find) : unit;
        reasons.push(await attempt(step, data, target));
      }
      refuseIfAnyFailed(reasons);
    });
  } finally {
    release();
  }
  return {};
}
