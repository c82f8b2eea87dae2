import batchGetItem from "dynalite/actions/batchGetItem.js";
import batchWriteItem from "dynalite/actions/batchWriteItem.js";
import deleteItem from "dynalite/actions/deleteItem.js";
import describeTable from "dynalite/actions/describeTable.js";
import getItem from "dynalite/actions/getItem.js";
import putItem from "dynalite/actions/putItem.js";
import query from "dynalite/actions/query.js";
import scan from "dynalite/actions/scan.js";
import updateItem from "dynalite/actions/updateItem.js";
import type { Store } from "dynalite/db/index.js";
import batchGetItemRules from "dynalite/validations/batchGetItem.js";
import batchWriteItemRules from "dynalite/validations/batchWriteItem.js";
import deleteItemRules from "dynalite/validations/deleteItem.js";
import describeTableRules from "dynalite/validations/describeTable.js";
import getItemRules from "dynalite/validations/getItem.js";
import validations from "dynalite/validations/index.js";
import putItemRules from "dynalite/validations/putItem.js";
import queryRules from "dynalite/validations/query.js";
import scanRules from "dynalite/validations/scan.js";
import updateItemRules from "dynalite/validations/updateItem.js";
import * as z from "zod";
import { AwsError } from "../../kernel/service.ts";

const actions = {
  BatchGetItem: { act: batchGetItem, rules: batchGetItemRules },
  BatchWriteItem: { act: batchWriteItem, rules: batchWriteItemRules },
  DeleteItem: { act: deleteItem, rules: deleteItemRules },
  DescribeTable: { act: describeTable, rules: describeTableRules },
  GetItem: { act: getItem, rules: getItemRules },
  PutItem: { act: putItem, rules: putItemRules },
  Query: { act: query, rules: queryRules },
  Scan: { act: scan, rules: scanRules },
  UpdateItem: { act: updateItem, rules: updateItemRules },
};

export type ActionName = keyof typeof actions;

const refusal = z.object({
  statusCode: z.number(),
  body: z.object({ __type: z.string(), message: z.string().optional(), Message: z.string().optional() }),
});

/** dynalite's error as {@link AwsError}; what is no answer of DynamoDB's stays as it is. */
function awsErrorFrom(error: unknown): unknown {
  const parsed = refusal.safeParse(error);
  if (!parsed.success) return error;
  const { statusCode, body } = parsed.data;
  return new AwsError(body.__type.replace(/^.*#/, ""), body.message ?? body.Message ?? "", statusCode);
}

/** The input as dynalite expects it: types converted, expressions parsed. Throws {@link AwsError} as DynamoDB words it. */
export function prepare(name: ActionName, input: unknown, store: Store): unknown {
  const { rules } = actions[name];
  try {
    // dynalite works on the object it is given, and the same input is read again for permissions.
    const data = validations.checkTypes(structuredClone(input), rules.types);
    validations.checkValidations(data, rules.types, rules.custom, store);
    return data;
  } catch (error) {
    throw awsErrorFrom(error);
  }
}

/** Does a prepared operation on `store`. */
export function act(name: ActionName, data: unknown, store: Store): Promise<object> {
  return new Promise((resolve, reject) => {
    actions[name].act(store, data, (error, answer) => {
      if (error === null || error === undefined) resolve(answer ?? {});
      else reject(awsErrorFrom(error));
    });
  });
}

/** {@link prepare} and {@link act} in one. */
export async function perform(name: ActionName, input: unknown, store: Store): Promise<object> {
  return act(name, prepare(name, input, store), store);
}
