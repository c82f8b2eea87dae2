import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { prices } from "./prices.ts";

/**
 * What it takes to serve more than one team, computed from the calls that a deployment was counted to make (`bench/calls.json`,
 * which `npm run bench -- --calls --keep` writes) and from AWS's published quotas. docs/scale.md is what this prints.
 */

/** A limit of AWS, as published for us-east-1. */
interface Quota {
  readonly value: number;
  readonly adjustable: boolean;
  readonly source: string;
}

const docs = "https://docs.aws.amazon.com";

const quotas = {
  restRequests: {
    value: 10_000,
    adjustable: true,
    source: `${docs}/apigateway/latest/developerguide/limits.html`,
  },
  newSockets: {
    value: 500,
    adjustable: true,
    source: `${docs}/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html`,
  },
  lambdaConcurrency: {
    value: 1_000,
    adjustable: true,
    source: `${docs}/lambda/latest/dg/gettingstarted-limits.html`,
  },
  partitionWrites: {
    value: 1_000,
    adjustable: false,
    source: `${docs}/amazondynamodb/latest/developerguide/bp-partition-key-design.html`,
  },
  partitionReads: {
    value: 3_000,
    adjustable: false,
    source: `${docs}/amazondynamodb/latest/developerguide/bp-partition-key-design.html`,
  },
  builds: { value: 60, adjustable: true, source: `${docs}/codebuild/latest/userguide/limits.html` },
  fargateVcpus: { value: 6, adjustable: true, source: `${docs}/general/latest/gr/ecs-service.html` },
  servicesPerCluster: { value: 5_000, adjustable: true, source: `${docs}/general/latest/gr/ecs-service.html` },
  targetGroupsPerBalancer: {
    value: 100,
    adjustable: false,
    source: `${docs}/elasticloadbalancing/latest/application/load-balancer-limits.html`,
  },
  balancers: {
    value: 50,
    adjustable: true,
    source: `${docs}/elasticloadbalancing/latest/application/load-balancer-limits.html`,
  },
  repositories: { value: 100_000, adjustable: true, source: `${docs}/AmazonECR/latest/userguide/service-quotas.html` },
  parameters: { value: 10_000, adjustable: true, source: `${docs}/general/latest/gr/ssm.html` },
} as const satisfies Record<string, Quota>;

const countsSchema = z.object({
  /** Calls by their name, as `dynamodb PutItem`. */
  calls: z.record(z.string(), z.number()),
  /** The same by who called and about what, as `queue-to-work dynamodb GetItem apps lane`. */
  reasons: z.record(z.string(), z.number()),
  /** In dollars, beside the minutes of the build and of the app's tasks. */
  dollars: z.number(),
  /** Versions of a deployment's row, and the write units of one with its entries in the indexes. */
  rowVersions: z.number(),
  rowUnits: z.number(),
  /** Write units in the fullest partition of an index, for one version of a row. */
  indexUnits: z.number(),
  invocations: z.number(),
  /** Of all invocations together. */
  lambdaSeconds: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

const countsPath = join(import.meta.dirname, "calls.json");

export const keptCounts = (): Counts => countsSchema.parse(JSON.parse(readFileSync(countsPath, "utf8")));

export const keepCounts = (counts: Counts): void => writeFileSync(countsPath, `${JSON.stringify(counts, null, 2)}\n`);

/** How much is done at the busiest time, in multiples of the mean. */
const peak = 10;
const secondsAMonth = 30 * 24 * 3600;
/** What an app is taken to need. */
const app = { vcpus: 0.25, repositories: 2, targetGroups: 2, parameters: 5 };
const buildMinutes = 3;

/** Connections' rows are read with each batch of changes: so many bytes for one. */
const connectionBytes = 400;
/** A load balancer with its two addresses, a month. */
const balancerDollars = 24;

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
const money = (value: number): string => (value < 1 ? `$${value.toFixed(2)}` : `$${count(value)}`);

interface Bound {
  readonly what: string;
  readonly quota: string;
  readonly reached: number;
  readonly unit: string;
  readonly change: string;
}

/** When what grows with the apps meets a limit, the first one first. */
export function appBounds(): Bound[] {
  const bounds: Bound[] = [
    {
      what: "Fargate vCPUs of a new account",
      quota: count(quotas.fargateVcpus.value),
      reached: quotas.fargateVcpus.value / app.vcpus,
      unit: "apps",
      change: "AWS raises it by itself as it is used; ask for more before many apps move in",
    },
    {
      what: "target groups of a load balancer",
      quota: count(quotas.targetGroupsPerBalancer.value),
      reached: quotas.targetGroupsPerBalancer.value / app.targetGroups,
      unit: "apps",
      change: `Slipway adds a load balancer, $${balancerDollars} a month, for each further ${quotas.targetGroupsPerBalancer.value / app.targetGroups} apps`,
    },
    {
      what: "standard parameters, with five secrets an app",
      quota: count(quotas.parameters.value),
      reached: quotas.parameters.value / app.parameters,
      unit: "apps",
      change: "a second installation in another account",
    },
    {
      what: "load balancers in a Region",
      quota: count(quotas.balancers.value),
      reached: (quotas.balancers.value * quotas.targetGroupsPerBalancer.value) / app.targetGroups,
      unit: "apps",
      change: "ask for more, or a second installation in another account",
    },
    {
      what: "services of a cluster",
      quota: count(quotas.servicesPerCluster.value),
      reached: quotas.servicesPerCluster.value,
      unit: "apps",
      change: "a second installation",
    },
    {
      what: "ECR repositories, two an app",
      quota: count(quotas.repositories.value),
      reached: quotas.repositories.value / app.repositories,
      unit: "apps",
      change: "ask for more",
    },
  ];
  return bounds.toSorted((a, b) => a.reached - b.reached);
}

/** Deployments a month at which a limit is met at the busiest time, the first one first. */
export function deploymentBounds(counts: Counts): Bound[] {
  const aMonth = (perSecond: number): number => (perSecond / peak) * secondsAMonth;
  const bounds: Bound[] = [
    {
      what: `builds at the same time, ${buildMinutes} minutes each`,
      quota: count(quotas.builds.value),
      reached: aMonth(quotas.builds.value / (buildMinutes * 60)),
      unit: "deployments a month",
      change: "ask for more and raise `MaxConcurrentBuilds`; until then deployments wait in `pending`",
    },
    {
      what: "writes to the one partition of the index `newest`",
      quota: `${count(quotas.partitionWrites.value)} units a second`,
      reached: aMonth(quotas.partitionWrites.value / (counts.rowVersions * counts.indexUnits)),
      unit: "deployments a month",
      change: "spread its key over some partitions, which `mergeNewest` can read already",
    },
    {
      what: "executions of functions at the same time",
      quota: count(quotas.lambdaConcurrency.value),
      reached: aMonth(quotas.lambdaConcurrency.value / counts.lambdaSeconds),
      unit: "deployments a month",
      change: "ask for more",
    },
  ];
  return bounds.toSorted((a, b) => a.reached - b.reached);
}

/** Viewers of one deployment at which a limit is met, the first one first. */
export function viewerBounds(linesASecond: number): Bound[] {
  // The rows of all viewers are read once for each batch, five batches a second.
  const readsAViewer = (5 * connectionBytes) / 4096;
  const bounds: Bound[] = [
    {
      what: `requests to API Gateway, with a message for each of ${linesASecond} lines a second`,
      quota: `${count(quotas.restRequests.value)} a second`,
      reached: quotas.restRequests.value / linesASecond,
      unit: "viewers",
      change:
        "the dashboard and the command line take lines in batches: at most five messages a second each, and fewer the longer a round takes",
    },
    {
      what: "new sockets",
      quota: `${count(quotas.newSockets.value)} a second`,
      reached: quotas.newSockets.value * 60,
      unit: "viewers who come within a minute",
      change: "clients come back with a random delay",
    },
    {
      what: "reads of the deployment's own partition",
      quota: `${count(quotas.partitionReads.value)} units a second`,
      reached: quotas.partitionReads.value / readsAViewer,
      unit: "viewers",
      change: "give the rows of viewers a partition of their own for each 1,000, and a reader each",
    },
  ];
  return bounds.toSorted((a, b) => a.reached - b.reached);
}

function table(bounds: readonly Bound[]): string {
  const rows = bounds.map(
    ({ what, quota, reached, unit, change }) => `| ${what} | ${quota} | ${count(reached)} ${unit} | ${change} |`,
  );
  return ["| Limit | Quota | Reached at | Then |", "|---|---|---|---|", ...rows].join("\n");
}

function appsRow(apps: number): string {
  const balancers = Math.ceil((apps * app.targetGroups) / quotas.targetGroupsPerBalancer.value);
  const first = appBounds().filter(({ reached }) => reached < apps);
  const over = first.length === 0 ? "none" : first.map(({ what }) => what).join("; ");
  return `| ${count(apps)} | ${count(apps * app.vcpus)} | ${count(balancers)}, ${money(balancers * balancerDollars)} a month | ${over} |`;
}

/** docs/scale.md. */
export function scalePage(counts: Counts): string {
  const million = 1_000_000;
  const calls = Object.values(counts.calls).reduce((sum, one) => sum + one, 0);
  const perSecond = million / secondsAMonth;
  const viewers = 10_000;
  const messages = counts.calls["execute-api PostToConnection"] ?? 0;
  return `# Scale

This page is computed: \`node bench/write-scale.ts\` writes it from the calls that a deployment was counted to make ([\`bench/calls.json\`](../bench/calls.json)) and from AWS's published default quotas for us-east-1, and a test fails when the two no longer agree. Nothing here was measured on AWS. The busiest time is taken to be ${peak} times the mean.

## What a deployment takes

With 300 lines and one viewer: ${count(calls)} calls to AWS, ${count(counts.invocations)} invocations of functions that last ${counts.lambdaSeconds.toFixed(1)} s together, ${count(counts.rowVersions)} versions of its row, and ${count(messages)} messages to the viewer, for $${counts.dollars.toFixed(4)} at list prices. The build is extra: ${buildMinutes} minutes on a small instance are $${(buildMinutes * prices.codeBuild.smallMinute).toFixed(3)}.

| Deployments a month | A second, mean | A second, busiest | Calls a second, busiest | Builds at the same time, busiest | Control plane | Builds |
|---|---|---|---|---|---|---|
${[10_000, 100_000, million]
  .map((month) => {
    const mean = month / secondsAMonth;
    return `| ${count(month)} | ${mean.toFixed(3)} | ${(mean * peak).toFixed(2)} | ${count(mean * peak * calls)} | ${count(mean * peak * buildMinutes * 60)} | ${money(month * counts.dollars)} | ${money(month * buildMinutes * prices.codeBuild.smallMinute)} |`;
  })
  .join("\n")}

${table(deploymentBounds(counts))}

At a million deployments a month, ${(perSecond * peak).toFixed(1)} a second at the busiest time, the builds are the first to wait. No partition of the tables is near its limit but that of the index \`newest\`: a deployment's own partition takes ${count(counts.rowUnits)} units for a version of its row, at most a few times a second.

## Apps

An app is taken to have one task of ${app.vcpus} vCPU, ${app.targetGroups} target groups, ${app.repositories} repositories and ${app.parameters} parameters. Apps that nobody deploys call nothing, but for a look at their branches every ten minutes once a push was deployed: ${count(10_000 / 600)} messages a second for 10,000 of them.

| Apps | vCPUs | Load balancers | Over these default quotas |
|---|---|---|---|
${[100, 1_000, 10_000].map(appsRow).join("\n")}

${table(appBounds())}

## Viewers

${table(viewerBounds(4))}

${count(viewers)} viewers of one deployment who take lines in batches, twice a second, get ${count(viewers * 2)} messages a second, which is ${((viewers * 2) / quotas.restRequests.value).toFixed(1)} times the default quota of API Gateway for an account: beyond ${count(quotas.restRequests.value / 2)} viewers of all deployments together, ask for more. An hour of ${count(viewers)} open sockets costs ${money(viewers * 60 * prices.webSocket.connectionMinute)}, and each message to all of them ${money(viewers * prices.webSocket.message)}.

## Sources

${[...new Set(Object.values(quotas).map(({ source }) => source))].map((source) => `- <${source}>`).join("\n")}

New accounts start with lower quotas for Lambda, CodeBuild and Fargate.
`;
}

/** Where the page lies. */
export const scalePath = resolve(import.meta.dirname, "../docs/scale.md");
