import { readFileSync } from "node:fs";
import { join } from "node:path";
import { functionSizes } from "../lib/infra/functions.ts";
import { ends } from "../test/support/deploying.ts";
import { atRest, countedApp, countedLines, deployWatched, functionOf, isOwn, nameOf, reasonOf } from "./own-calls.ts";
import { inLocalMode, type Place } from "./place.ts";
import { prices, readUnits, writeUnits } from "./prices.ts";
import { type RecordedCall, recordedCalls, statePuts } from "./recorded.ts";
import { type Counts, keepCounts } from "./scale.ts";

/** One kind of call, how often it was made and what it costs in dollars. */
interface CountedCall {
  readonly call: string;
  readonly count: number;
  readonly dollars: number;
}

/** What was called and run for a deployment. */
interface Costs {
  readonly calls: readonly CountedCall[];
  /** The same by who called, and about what. */
  readonly reasons: readonly CountedCall[];
  /** Invocations of functions by name. */
  readonly invocations: readonly (CountedCall & { readonly ms: number })[];
  /** What else costs something, in dollars. */
  readonly others: Readonly<Record<string, number>>;
  /** Versions of the deployment's row, the write units of one with its entries in the indexes, and of one entry. */
  readonly row: { readonly versions: number; readonly units: number; readonly indexUnits: number };
}

interface CountedDeployment extends Costs {
  /** Calls of the app's next deployment, which makes no resources. */
  readonly again: number;
  /** Calls of one minute in which nobody does anything: before there is an app, and with one that is live. */
  readonly idle: { readonly before: number; readonly after: number };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? null));

/** Indexes of the table of deployments, each of which has most of what lists show of a row. */
const stateIndexes = 4;

function writtenUnits({ Item, Key }: { readonly Item?: Record<string, unknown>; readonly Key?: unknown }): number {
  if (Item === undefined) return writeUnits(bytesOf(Key) + 200);
  const inIndexes = "listed" in Item ? stateIndexes * writeUnits(bytesOf(Item.listed)) : 0;
  return writeUnits(bytesOf(Item)) + inIndexes;
}

/** At list prices. Sizes are those of the JSON on the wire, which is more than DynamoDB counts. */
function dollarsOf({ service, operation, request, answer }: RecordedCall): number {
  if (service === "sqs") return prices.sqs.request;
  if (service === "events") return prices.eventbridge.event;
  if (service === "execute-api") return prices.webSocket.message;
  if (service !== "dynamodb") return 0;
  const { readUnit, writeUnit } = prices.dynamodb;
  if (operation === "GetItem" || operation === "Query") return readUnit * readUnits(bytesOf(answer));
  const puts: { readonly Put?: object; readonly Update?: object; readonly Delete?: object }[] =
    request?.TransactItems ?? [];
  const inTransaction = puts.reduce(
    (sum, { Put, Update, Delete }) => sum + 2 * writtenUnits(Put ?? Update ?? Delete ?? {}),
    0,
  );
  return writeUnit * (puts.length > 0 ? inTransaction : writtenUnits(request ?? {}));
}

function grouped(counted: readonly { readonly name: string; readonly dollars: number }[]): CountedCall[] {
  const groups = new Map<string, CountedCall>();
  for (const { name, dollars } of counted) {
    const { count = 0, dollars: before = 0 } = groups.get(name) ?? {};
    groups.set(name, { call: name, count: count + 1, dollars: before + dollars });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}

interface Invocation {
  readonly name: string;
  readonly ms: number;
}

/** The invocations in a log of a local mode. */
const invocationsIn = (text: string): Invocation[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const { function: name, duration_ms: ms } = JSON.parse(line);
      const known = functionOf(name);
      return known === null ? [] : [{ name: known, ms }];
    });

const invocationsOf = ({ local }: Place): Invocation[] =>
  invocationsIn(readFileSync(join(local.data, "logs", "lambda.jsonl"), "utf8"));

const lambdaDollars = ({ name, ms }: Invocation): number => {
  const { memoryMb } = functionSizes[name as keyof typeof functionSizes];
  return prices.lambda.request + (memoryMb / 1024) * (ms / 1000) * prices.lambda.gigabyteSecond;
};

/** Functions that API Gateway calls. */
const behindRest = ["api-to-queue", "rows-to-readers", "webhook-to-queue", "build-to-rows", "api-to-notices"];

/** Own calls of a minute. The sweep's minute is the local mode's own. */
async function callsOfAMinute(place: Place): Promise<number> {
  await atRest(place);
  const before = recordedCalls(place.recording ?? "").filter(isOwn).length;
  await new Promise((resume) => setTimeout(resume, 60_000));
  return recordedCalls(place.recording ?? "").filter(isOwn).length - before;
}

/** Deploys an app twice, each time with one viewer who takes lines in batches, and counts what that calls. `idle`: takes two minutes more. */
function countCalls({ idle }: { readonly idle: boolean }): Promise<CountedDeployment> {
  return inLocalMode({ recorded: true }, async (place) => {
    const { api } = place;
    const app = await countedApp(place, "counted");
    const beforeIdle = idle ? await callsOfAMinute(place) : 0;
    await atRest(place);
    const invoked = invocationsOf(place).length;
    const { id, calls: all } = await deployWatched(place, app.id);
    const invocations = invocationsOf(place).slice(invoked);
    await ends(api, id);
    await api.call("PATCH", `/api/apps/${app.id}`, { buildCache: false });
    const again = await deployWatched(place, app.id);
    const after = idle ? await callsOfAMinute(place) : 0;
    return {
      ...costsOf(all, invocations),
      again: again.calls.filter(isOwn).length,
      idle: { before: beforeIdle, after },
    };
  });
}

/** What calls and invocations of a deployment come to. */
function costsOf(all: readonly RecordedCall[], invocations: readonly Invocation[]): Costs {
  const rows = all.flatMap(statePuts);
  const requests = invocations.filter(({ name }) => behindRest.includes(name)).length;
  const queueCalls = all.filter(({ operation }) => operation === "DeleteMessageBatch").length;
  const own = all.filter(isOwn);
  return {
    calls: grouped(own.map((call) => ({ name: nameOf(call), dollars: dollarsOf(call) }))),
    reasons: grouped(own.map((call) => ({ name: reasonOf(call), dollars: dollarsOf(call) }))),
    invocations: grouped(invocations.map((one) => ({ name: one.name, dollars: lambdaDollars(one) }))).map((one) => ({
      ...one,
      ms: invocations.reduce((sum, { name, ms }) => (name === one.call ? sum + ms : sum), 0),
    })),
    others: {
      "requests to the REST API": requests * (prices.restApi.request + prices.cloudFront.request),
      "a viewer's socket for five minutes": 5 * prices.webSocket.connectionMinute + prices.cloudFront.request,
      "receiving from the work queue": 2 * queueCalls * prices.sqs.request,
    },
    row: {
      versions: rows.length,
      units: Math.max(...rows.map(writtenUnits)),
      indexUnits: Math.max(...rows.map(({ Item }) => writeUnits(bytesOf(Item.listed)))),
    },
  };
}

const sum = (costs: readonly { readonly dollars: number }[]): number =>
  costs.reduce((total, one) => total + one.dollars, 0);

const totalOf = ({ calls, invocations, others }: Costs): number =>
  sum(calls) + sum(invocations) + Object.values(others).reduce((total, one) => total + one, 0);

const counted = (groups: readonly CountedCall[]) => Object.fromEntries(groups.map((one) => [one.call, one.count]));

/** As they are kept for docs/scale.md. */
const countsOf = (costs: Costs): Counts => ({
  calls: counted(costs.calls),
  reasons: counted(costs.reasons),
  dollars: Math.round(totalOf(costs) * 1e7) / 1e7,
  rowVersions: costs.row.versions,
  rowUnits: costs.row.units,
  indexUnits: costs.row.indexUnits,
  invocations: costs.invocations.reduce((all, one) => all + one.count, 0),
  lambdaSeconds: Math.round(costs.invocations.reduce((all, one) => all + one.ms, 0) / 100) / 10,
});

const dollars = (value: number): string => value.toFixed(7);

/** Prints what a deployment calls and costs, and ends with whether that is within bounds. `keep`: writes it for docs/scale.md. */
export async function printCalls(
  say: (text: string) => void,
  { keep, quick }: { readonly keep: boolean; readonly quick: boolean },
): Promise<boolean> {
  const { again, idle, ...costs } = await countCalls({ idle: !quick });
  const { calls, reasons, invocations, others } = costs;
  const count = calls.reduce((total, one) => total + one.count, 0);
  const total = totalOf(costs);
  if (keep) keepCounts(countsOf(costs));
  say(`A deployment with ${countedLines} lines and one viewer:\n`);
  for (const one of calls) say(`${String(one.count).padStart(6)}  ${dollars(one.dollars)}  ${one.call}`);
  say(`${String(count).padStart(6)}  ${dollars(sum(calls))}  calls in all\n`);
  say("By who calls, and about what:\n");
  for (const one of reasons) say(`${String(one.count).padStart(6)}  ${one.call}`);
  say(`\n${String(again).padStart(6)}  calls of the next deployment of the app, built anew\n`);
  for (const one of invocations)
    say(
      `${String(one.count).padStart(6)}  ${dollars(one.dollars)}  ${one.call}, ${Math.round(one.ms / one.count)} ms each`,
    );
  for (const [what, cost] of Object.entries(others)) say(`        ${dollars(cost)}  ${what}`);
  say(`\n$${dollars(total)} in all at list prices, beside the minutes of the build and of the app's tasks.`);
  if (!quick) say(`Calls in an idle minute: ${idle.before} without an app that is live, ${idle.after} with one.`);
  return count <= 120 && total <= 0.002 && idle.after <= idle.before;
}
