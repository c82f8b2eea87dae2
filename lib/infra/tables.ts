import { RemovalPolicy } from "aws-cdk-lib";
import {
  type Attribute,
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
} from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import {
  type DeploymentIndex,
  type IndexShape,
  type KeyShape,
  type RunIndex,
  type TableName,
  type TableShape,
  type TokenIndex,
  tables,
} from "../adapters/dynamodb/keys.ts";

/** A table, or an index of one. */
export type RowsPlace = TableName | `deployments/${DeploymentIndex}` | `runs/${RunIndex}` | `tokens/${TokenIndex}`;

/**
 * All rows. On demand, with point-in-time recovery, encrypted with DynamoDB's own key, and kept when the stack goes.
 * A key of our own would cost a dollar a month and a call for each read, and would guard against nobody whom IAM lets read the rows.
 */
export class Tables extends Construct {
  readonly of: Readonly<Record<TableName, Table>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.of = {
      deployments: this.table("deployments"),
      apps: this.table("apps"),
      releases: this.table("releases"),
      runs: this.table("runs"),
      tokens: this.table("tokens"),
      requests: this.table("requests"),
      counters: this.table("counters"),
      metrics: this.table("metrics"),
      audit: this.table("audit"),
      notices: this.table("notices"),
    };
  }

  /** The ARN by which a policy names a table or an index. */
  arnOf(place: RowsPlace): string {
    const [table, index] = place.split("/") as [TableName, string?];
    const { tableArn } = this.of[table];
    return index === undefined ? tableArn : `${tableArn}/index/${index}`;
  }

  private table(name: TableName): Table {
    const { key, expires, stream, indexes = {} }: TableShape = tables[name];
    const table = new Table(this, name, {
      ...keyOf(key),
      ...(expires ? { timeToLiveAttribute: "expires_at" } : {}),
      ...(stream === undefined ? {} : { stream: StreamViewType[stream] }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // A stack that could not be created leaves none behind, since the next try makes its own.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    for (const [indexName, index] of Object.entries(indexes)) {
      table.addGlobalSecondaryIndex({ indexName, ...keyOf(index.key), ...projectionOf(index) });
    }
    return table;
  }
}

const types = { N: AttributeType.NUMBER, S: AttributeType.STRING };

function keyOf(shape: KeyShape): { readonly partitionKey: Attribute; readonly sortKey?: Attribute } {
  const [partitionKey, sortKey] = Object.entries(shape).map(([name, type]) => ({ name, type: types[type] }));
  if (partitionKey === undefined) throw new Error("A key has a partition key.");
  return { partitionKey, ...(sortKey === undefined ? {} : { sortKey }) };
}

const projectionOf = ({ holds }: IndexShape) =>
  holds === undefined ? {} : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...holds] };
