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

const number = (name: string): Attribute => ({ name, type: AttributeType.NUMBER });
const string = (name: string): Attribute => ({ name, type: AttributeType.STRING });

interface Shape {
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  readonly timeToLiveAttribute?: string;
  readonly stream?: StreamViewType;
}

/** The tables and their keys. docs/architecture.md says what lies in them. */
const shapes = {
  deployments: {
    partitionKey: number("deployment_id"),
    sortKey: string("item"),
    timeToLiveAttribute: "expires_at",
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  },
  apps: { partitionKey: string("kind"), sortKey: string("key"), stream: StreamViewType.NEW_IMAGE },
  releases: { partitionKey: number("app_id"), sortKey: number("deployment_id") },
  tokens: {
    partitionKey: string("token_hash"),
    timeToLiveAttribute: "expires_at",
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  },
  requests: { partitionKey: string("key"), timeToLiveAttribute: "expires_at" },
  counters: { partitionKey: string("name") },
  metrics: { partitionKey: number("app_id"), sortKey: string("ended"), timeToLiveAttribute: "expires_at" },
  audit: { partitionKey: string("audit_scope"), sortKey: string("id"), timeToLiveAttribute: "expires_at" },
  notices: { partitionKey: number("app_id"), sortKey: string("item"), timeToLiveAttribute: "expires_at" },
} as const satisfies Record<string, Shape>;

interface Index {
  readonly partitionKey: Attribute;
  readonly sortKey: Attribute;
  /** What it holds beside its keys and the table's. */
  readonly nonKeyAttributes: readonly string[];
}

/**
 * Over the `state` items of `deployments` alone: no other item has all of an index's keys. They hold what lists show and
 * no settings, so that a page of a list is not filled by a few large rows.
 */
const deploymentIndexes = {
  newest: { partitionKey: string("item"), sortKey: number("id"), nonKeyAttributes: ["listed", "app_id", "stage"] },
  by_app: { partitionKey: number("app_id"), sortKey: number("id"), nonKeyAttributes: ["listed", "stage"] },
  by_stage: { partitionKey: string("stage"), sortKey: number("id"), nonKeyAttributes: ["listed", "app_id"] },
  open: {
    partitionKey: string("open"),
    sortKey: string("next_poll_at"),
    nonKeyAttributes: ["listed", "id", "app_id", "stage", "outbox"],
  },
} as const satisfies Record<string, Index>;

/** Over API tokens alone: a socket ticket has no number, nor has a session. */
const tokenIndexes = {
  by_id: { partitionKey: string("kind"), sortKey: number("id") },
} as const;

export type TableName = keyof typeof shapes;
/** A table, or an index of one. */
export type RowsPlace =
  | TableName
  | `deployments/${keyof typeof deploymentIndexes}`
  | `tokens/${keyof typeof tokenIndexes}`;

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
      tokens: this.table("tokens"),
      requests: this.table("requests"),
      counters: this.table("counters"),
      metrics: this.table("metrics"),
      audit: this.table("audit"),
      notices: this.table("notices"),
    };
    for (const [indexName, { nonKeyAttributes, ...keys }] of Object.entries(deploymentIndexes)) {
      const held = { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...nonKeyAttributes] };
      this.of.deployments.addGlobalSecondaryIndex({ indexName, ...keys, ...held });
    }
    for (const [indexName, keys] of Object.entries(tokenIndexes)) {
      this.of.tokens.addGlobalSecondaryIndex({ indexName, ...keys });
    }
  }

  /** The ARN by which a policy names a table or an index. */
  arnOf(place: RowsPlace): string {
    const [table, index] = place.split("/") as [TableName, string?];
    const { tableArn } = this.of[table];
    return index === undefined ? tableArn : `${tableArn}/index/${index}`;
  }

  private table(name: TableName): Table {
    return new Table(this, name, {
      ...shapes[name],
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
