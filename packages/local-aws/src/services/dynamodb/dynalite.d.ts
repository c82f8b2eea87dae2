/** The insides of dynalite that are called in process. It ships no types; these say only what is used. */

declare module "dynalite/db/index.js" {
  export type Item = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  export interface KeyElement {
    readonly AttributeName: string;
    readonly KeyType: string;
  }

  export interface SecondaryIndex {
    readonly IndexName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  }

  /** A `TableDescription` as DescribeTable answers it. */
  export interface Table {
    readonly TableName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
    readonly GlobalSecondaryIndexes?: readonly SecondaryIndex[];
    readonly LocalSecondaryIndexes?: readonly SecondaryIndex[];
  }

  export type Change =
    | { readonly type: "put"; readonly key: string; readonly value: unknown }
    | { readonly type: "del"; readonly key: string };

  export interface Range {
    readonly gt?: string;
    readonly gte?: string;
    readonly lt?: string;
    readonly lte?: string;
    readonly limit?: number;
    readonly reverse?: boolean;
  }

  export interface Entries extends AsyncIterable<[string, unknown]> {
    nextv(size: number): Promise<readonly unknown[]>;
    close(): Promise<void>;
  }

  /** The LevelDB below: ordered by key, JSON values. */
  export interface Level {
    open(): Promise<void>;
    readonly close: { (): Promise<void>; readonly _original: () => Promise<void> };
    get(key: string): Promise<unknown>;
    getSync(key: string): unknown;
    /** All of it or nothing, also over a kill. */
    batch: (changes: readonly Change[]) => Promise<void>;
    clear: (range: Range) => Promise<void>;
    keys(range: Range): AsyncIterable<string>;
    values(range: Range): AsyncIterable<unknown>;
    createKeyStream: (range: Range) => NodeJS.ReadableStream;
    createValueStream: (range: Range) => NodeJS.ReadableStream;
    iterator(range: Range & { readonly keyEncoding?: "buffer"; readonly valueEncoding?: "buffer" }): Entries;
  }

  export type Callback<T> = (error: unknown, value?: T) => void;

  export interface ItemDb {
    get(key: string, done: Callback<Item>): void;
    put(key: string, item: Item, done: Callback<void>): void;
    del(key: string, done: Callback<void>): void;
    lock(key: string, run: (release: (done: Callback<unknown>) => Callback<unknown>) => void): void;
    createValueStream(range: Range): NodeJS.ReadableStream;
  }

  export type IndexDb = Pick<ItemDb, "put" | "del" | "createValueStream">;

  export interface Store {
    readonly options: { readonly maxItemSize: number };
    readonly db: Level;
    getTable(name: string, checkStatus: boolean | Callback<Table>, done?: Callback<Table>): void;
    getItemDb(table: string): ItemDb;
    getIndexDb(kind: string, table: string, index: string): IndexDb;
  }

  const db: {
    create(options: { readonly path: string }): Store;
    createKey(item: Item, table: Table): string;
    itemSize(item: Item): number;
    checkConditional(data: unknown, item: Item | undefined): Error | null | undefined;
    updateIndexes(
      store: Store,
      table: Table,
      before: Item | null | undefined,
      after: Item | null | undefined,
      done: Callback<void>,
    ): void;
  };
  export default db;
}

declare module "dynalite/validations/index.js" {
  const validations: {
    checkTypes(input: unknown, types: unknown): unknown;
    checkValidations(input: unknown, types: unknown, custom: unknown, store: unknown): void;
  };
  export default validations;
}

declare module "dynalite/validations/*" {
  const validation: { readonly types: unknown; readonly custom?: unknown };
  export default validation;
}

declare module "dynalite/actions/*" {
  const action: (
    store: import("dynalite/db/index.js").Store,
    data: unknown,
    done: import("dynalite/db/index.js").Callback<object>,
  ) => void;
  export default action;
}
