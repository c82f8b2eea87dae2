import { functionSizes } from "../lib/infra/functions.ts";
import { healthyApp } from "../test/support/apps.ts";
import { deploy, registerApp } from "../test/support/deploying.ts";
import { eventually } from "../test/support/local-mode.ts";
import type { Place } from "./place.ts";
import { type RecordedCall, recordedCalls } from "./recorded.ts";
import { watch } from "./watch.ts";

/** So many lines does the build print, all at once, as a package manager does. */
export const countedLines = 300;

/** What Lambda's pollers ask on behalf of a function. */
const polled: ReadonlySet<string> = new Set([
  "GetRecords",
  "GetShardIterator",
  "DescribeStream",
  "ListStreams",
  "GetQueueAttributes",
  "ReceiveMessage",
  "DeleteMessageBatch",
]);

/** The name of the function that a role or a function of the template belongs to; `null`: it is none's. */
export const functionOf = (caller: string | null): string | null =>
  Object.keys(functionSizes).find((name) => caller?.includes(`-${name.replaceAll("-", "")}`)) ?? null;

/** A call that a function or a build of Slipway's made. */
export const isOwn = ({ caller, operation }: RecordedCall): boolean =>
  caller !== null &&
  caller !== "local" &&
  !caller.endsWith(".amazonaws.com") &&
  !(operation !== null && polled.has(operation));

export function nameOf({ service, operation, method }: RecordedCall): string {
  if (service === "execute-api") return `execute-api ${method === "POST" ? "PostToConnection" : method}`;
  return `${service} ${operation ?? method}`;
}

/** Which function called, what, and of what it was about: a table and the kind of item, or a type of message. */
export const reasonOf = (call: RecordedCall): string =>
  [functionOf(call.caller) ?? "build", nameOf(call), aboutOf(call)].filter((part) => part !== "").join(" ");

function aboutOf({ service, request }: RecordedCall): string {
  if (service === "sqs") return String(JSON.parse(request?.MessageBody ?? "{}").type ?? "");
  if (service !== "dynamodb" || typeof request?.TableName !== "string") return "";
  const table = /Tables([a-z]+)/.exec(request.TableName)?.[1] ?? "";
  const { item, kind, key } = request.Key ?? request.Item ?? {};
  const { ":from": from, ":feed": feed } = request.ExpressionAttributeValues ?? {};
  const named = item?.S ?? kind?.S ?? key?.S ?? from?.S ?? feed?.S ?? request.IndexName ?? "";
  return `${table} ${String(named).split("#")[0]}`.trim();
}

/** Until no own call was made for three seconds. */
export async function atRest({ recording }: Place): Promise<void> {
  await eventually("nothing is called any more", () => {
    const last = recordedCalls(recording ?? "").findLast(isOwn);
    return Date.now() - (last?.at ?? 0) > 3000 || undefined;
  });
}

/** An app whose build prints lines. Its name is also what makes its builds differ from others'. */
export const countedApp = ({ api }: Place, name: string): Promise<{ readonly id: number }> =>
  registerApp(
    api,
    {
      ...healthyApp(name, ["node chatter.mjs"]),
      "chatter.mjs": `for (let n = 1; n <= ${countedLines}; n++) console.log("line", n);`,
    },
    { name, healthCheckPath: "/healthz" },
  );

/** Deploys an app with one viewer who takes lines in batches, and answers all calls from then on until nothing is called any more. */
export async function deployWatched(
  place: Place,
  appId: number,
): Promise<{ readonly id: number; readonly calls: readonly RecordedCall[] }> {
  await atRest(place);
  const known = recordedCalls(place.recording ?? "").length;
  const id = await deploy(place.api, appId);
  const viewer = await watch(place.url, `id=${id}&batch=1`, () => {});
  await viewer.finished;
  viewer.close();
  await atRest(place);
  return { id, calls: withoutTakenPorts(recordedCalls(place.recording ?? "").slice(known)) };
}

/** Without what is asked because other programs of this machine have ports that an app tries first, as on AWS none have. */
function withoutTakenPorts(calls: readonly RecordedCall[]): readonly RecordedCall[] {
  let looked = 0;
  return calls.filter(({ operation, status }) => {
    const isRefused = operation === "CreateListener" && status === 400;
    const isLook = operation === "DescribeListeners" && looked > 0;
    looked += isRefused ? 1 : isLook ? -1 : 0;
    return !isRefused && !isLook;
  });
}
