import { deploy, registerApp } from "../../test/support/deploying.ts";
import { bareMessages } from "../baselines.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode } from "../place.ts";
import { type RecordedCall, recordedCalls } from "../recorded.ts";
import { stampedApp } from "../stamped.ts";
import { linesOf, watch } from "../watch.ts";

/** When a line was where, in epoch milliseconds. */
interface Way {
  readonly printed: number;
  readonly stored: number;
  readonly pickedUp: number;
  readonly posting: number;
  readonly posted: number;
  readonly there: number;
}

const steps = [
  ["printed → stored", "printed", "stored"],
  ["stored → read from the stream", "stored", "pickedUp"],
  ["read from the stream → posting", "pickedUp", "posting"],
  ["posting → posted", "posting", "posted"],
  ["posted → there", "posted", "there"],
] as const satisfies readonly (readonly [string, keyof Way, keyof Way])[];

const isPump = ({ caller }: RecordedCall): boolean => caller?.includes("rowstosockets") ?? false;

/** Where the lines of a deployment were on their way, by their cursors, from the calls that were recorded. */
function waysOf(calls: readonly RecordedCall[], seen: ReadonlyMap<number, { printed: number; there: number }>): Way[] {
  const chunks = calls.flatMap(({ operation, request, at }) => {
    const { item, first, count } = request?.Item ?? {};
    if (operation !== "PutItem" || !item?.S?.startsWith("log#")) return [];
    return [{ at, first: Number(first.N), end: Number(first.N) + Number(count.N) }];
  });
  const reads = calls.filter(
    (call) =>
      isPump(call) &&
      call.operation === "GetRecords" &&
      ((call.answer as { Records?: readonly unknown[] } | undefined)?.Records?.length ?? 0) > 0,
  );
  const posts = new Map(
    calls
      .filter(({ service, request }) => service === "execute-api" && request?.type === "log")
      .map((call) => [Number(call.request.data.cursor), call] as const),
  );
  return [...seen].flatMap(([cursor, { printed, there }]) => {
    const stored = chunks.find(({ first, end }) => first <= cursor && cursor < end)?.at;
    const post = posts.get(cursor);
    if (stored === undefined || post === undefined) return [];
    const posting = post.at - post.milliseconds;
    const pickedUp = reads.find(({ at }) => at >= stored)?.at ?? stored;
    return [{ printed, stored, pickedUp: Math.min(pickedUp, posting), posting, posted: post.at, there }];
  });
}

/** Where the time goes between the print of a line and the socket of a viewer. What is recorded takes longer than what is not. */
export function way({ lines }: { readonly lines: number }): Promise<Measurement[]> {
  return inLocalMode({ recorded: true }, async ({ api, url, recording }) => {
    const files = stampedApp({ lines, atOnce: 1, everyMs: 400 });
    const app = await registerApp(api, files, { name: "stamped", healthCheckPath: "/healthz" });
    const seen = new Map<number, { printed: number; there: number }>();
    const id = await deploy(api, app.id);
    const viewer = await watch(url, `id=${id}`, (frame, at) => {
      for (const { line, cursor } of linesOf(frame)) {
        const printed = /^stamp (\d+) /.exec(line)?.[1];
        if (printed !== undefined) seen.set(cursor, { printed: Number(printed), there: at });
      }
    });
    await viewer.finished;
    viewer.close();
    const ways = waysOf(recordedCalls(recording ?? ""), seen);
    const bare = await bareMessages(200);
    return steps.map(([name, from, to]) =>
      summary(
        `a line's way: ${name}`,
        ways.map((one) => one[to] - one[from]),
        bare,
      ),
    );
  });
}
