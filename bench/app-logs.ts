import { apiAt } from "../test/support/api.ts";
import { healthyApp } from "../test/support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../test/support/deploying.ts";
import { eventually, removeDirectory, startLocalMode } from "../test/support/local-mode.ts";
import { quantile } from "./measurement.ts";

/**
 * Two figures of the logs of running apps: how long the first page of a search through a million lines takes, and how much slower
 * everybody else is while an app prints 50,000 lines a second. Node bench/app-logs.ts.
 */

const searched = 1_000_000;
const perSecond = 50_000;
const needle = "needle-in-the-log";

/** Prints when it is asked to: so many lines, at most so many a second; the second one says the needle. */
const printing = `
import { createServer } from "node:http";
let isPrinting = false;
let printed = 0;
const line = (index) => (index === 2 ? "${needle}" : "request " + index + " GET /items/" + (index % 997) + " 200 in 12 ms") + "\\n";
async function print(count, perSecond) {
  isPrinting = true;
  const began = performance.now();
  for (let sent = 0; sent < count && isPrinting; ) {
    const due = Math.min(count, Math.floor(((performance.now() - began) / 1000) * perSecond) + 1);
    const share = Math.min(5000, due - sent);
    if (share > 0) {
      let text = "";
      for (let index = 0; index < share; index++) text += line(++printed);
      sent += share;
      if (!process.stdout.write(text)) await new Promise((resume) => process.stdout.once("drain", resume));
    }
    await new Promise((resume) => setTimeout(resume, 5));
  }
  isPrinting = false;
}
createServer((request, response) => {
  const [, what, count, perSecond] = request.url.split("/");
  if (what === "print") void print(Number(count), Number(perSecond));
  if (what === "stop") isPrinting = false;
  response.end(JSON.stringify({ printed, isPrinting }));
}).listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`;

const local = await startLocalMode();
const api = apiAt(local.url);
const chatty = await registerApp(api, { ...healthyApp(), "server.mjs": printing }, { name: "chatty" });
const other = await registerApp(api, healthyApp(), { name: "other", healthCheckPath: "/healthz" });
for (const { id } of [chatty, other]) await ends(api, await deploy(api, id));
const [chattyUrl, otherUrl] = [await addressOf(api, chatty.id), await addressOf(api, other.id)];
const ask = async (path: string): Promise<{ printed: number; isPrinting: boolean }> =>
  (await fetch(`${chattyUrl}/${path}`)).json() as Promise<{ printed: number; isPrinting: boolean }>;

async function timed(act: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await act();
  return performance.now() - before;
}

/** What others do meanwhile: requests to another app, and reads of the API. */
async function others(seconds: number) {
  const requests: number[] = [];
  const reads: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    requests.push(await timed(async () => (await fetch(otherUrl)).text()));
    reads.push(await timed(() => api.get(`/api/apps/${other.id}`)));
    await new Promise((resume) => setTimeout(resume, 20));
  }
  return { requests, reads };
}

await others(3);
const quiet = [await others(10)];
await ask(`print/${perSecond * 3600}/${perSecond}`);
const before = (await ask("")).printed;
const began = performance.now();
const flooded = await others(20);
const rate = ((await ask("")).printed - before) / ((performance.now() - began) / 1000);
await ask("stop");
await eventually("it is quiet", async () => ((await ask("")).isPrinting ? undefined : true));
quiet.push(await others(10));

let { printed } = await ask("");
if (printed < searched) await ask(`print/${searched - printed}/1000000`);
printed = await eventually(
  "a million lines",
  async () => {
    const now = await ask("");
    return now.isPrinting || now.printed < searched ? undefined : now.printed;
  },
  240,
);
const since = new Date(Date.now() - 24 * 3600_000).toISOString();
const page = (text: string) => api.get(`/api/apps/${chatty.id}/logs?since=${since}&q=${text}&limit=100`);
const searches: Record<string, number> = {};
let found = 0;
searches[`"${needle}", once in ${printed} lines`] = await timed(async () => {
  for (let after = ""; found === 0; ) {
    const { body } = await api.get(
      `/api/apps/${chatty.id}/logs?since=${since}&q=${needle}&limit=100${after === "" ? "" : `&after=${after}`}`,
    );
    found += body.data.length;
    if (found > 0 || body.complete || body.next_cursor === after) break;
    after = body.next_cursor;
  }
});
searches["a word of every line"] = await timed(() => page("request"));
searches["a word of no line, first answer"] = await timed(() => page("there-is-no-such-word"));

await local.stop();
removeDirectory(local.data);

const all = (of: "requests" | "reads") => quiet.flatMap((one) => one[of]);
const compared = (of: "requests" | "reads") => ({
  quiet_p50_ms: quantile(all(of), 0.5),
  flooded_p50_ms: quantile(flooded[of], 0.5),
  ratio: quantile(flooded[of], 0.5) / quantile(all(of), 0.5),
});
console.log(`${Math.round(rate)} lines a second were printed, of ${perSecond} that the app tried.`);
console.table({ "requests to another app": compared("requests"), "reads of the API": compared("reads") });
console.table(Object.fromEntries(Object.entries(searches).map(([what, ms]) => [what, { ms: Math.round(ms) }])));
if (found === 0) console.log("The needle was not found.");
