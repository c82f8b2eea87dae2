import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeDirectory } from "../../test/support/local-mode.ts";
import { type Actor, createActor } from "./actor.ts";
import { type Caller, createCaller } from "./caller.ts";
import { type Disk, mountDisk } from "./disk.ts";
import { inflict } from "./faults.ts";
import { type Follower, followByPolls, followBySocket, type Seen } from "./follow.ts";
import { type Asked, createHistory, type History } from "./history.ts";
import { createInstallation, type Installation } from "./installation.ts";
import { judgeCampaign } from "./judge/campaign.ts";
import { readState } from "./judge/inside.ts";
import { judgeOrphans } from "./judge/orphans.ts";
import { allDeployments, judgeLists } from "./judge/records.ts";
import type { Plan } from "./plan.ts";
import { describeProcess } from "./process.ts";
import { createReport, type SoakReport } from "./report.ts";
import { visit } from "./visit.ts";

export interface CampaignOptions {
  readonly plan: Plan;
  /** A directory of the campaign's own; removed when there is nothing to complain of. */
  readonly directory: string;
  /** No new act begins after so many milliseconds; `null`: when all acts and faults are through. */
  readonly lastsMs: number | null;
  /** How long a bake minute lasts, as `--minute` of the local mode takes it. */
  readonly minute: string;
  readonly say: (line: string) => void;
}

const diskMegabytes = 1024;
/** How long viewers of what has ended may take to see the end, in milliseconds. */
const quietMs = 60_000;
/** Where Node keeps what it compiled: a cache of the machine's, shared by all that runs on it. */
const nodesOwn = "node-compile-cache";
/** Some acts find nothing to do. */
const betweenActsMs = 1_000;

interface Campaign extends Pick<CampaignOptions, "plan" | "lastsMs" | "say"> {
  readonly installation: Installation;
  readonly disk: Disk | null;
  readonly caller: Caller;
  readonly history: History;
  readonly report: SoakReport;
  readonly actors: Actor[];
  readonly followers: Follower[];
}

/** Carries a plan out on a local mode of its own, and judges what became of everything. */
export async function runCampaign(options: CampaignOptions): Promise<SoakReport> {
  const { directory } = options;
  const [data, temporary] = [join(directory, "data"), join(directory, "tmp")];
  for (const path of [data, temporary]) mkdirSync(path, { recursive: true });
  const campaign = prepare(options, data, temporary);
  const { installation, actors, followers, report, disk } = campaign;
  try {
    await installation.start();
    const seen = await play(campaign);
    await judgeCampaign({ ...campaign, seen });
    report.figure("answers 5xx", campaign.caller.serverErrors());
    report.figure("starts", installation.starts.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(", "));
    report.figure("resident memory at the end", `${installation.memory()} MB`);
    const { code, left } = await installation.end();
    if (code !== 0) report.complain("it did not end in order", `exit code ${code}`);
    if (left.length > 0) report.complain("a process is left", left.map(describeProcess).join("; "));
    for (const name of readdirSync(temporary)) if (name !== nodesOwn) report.complain("a temporary file is left", name);
    judgeOrphans(await readState(data), campaign.history, report.complain);
  } finally {
    for (const follower of followers) follower.leave();
    if (installation.isUp()) await installation.end();
    for (const actor of actors) for (const path of actor.paths()) removeDirectory(path);
    const isFine = report.complaints.length === 0;
    disk?.remove(isFine ? null : join(directory, "kept"));
    if (isFine) removeDirectory(directory);
  }
  return report;
}

function prepare({ plan, lastsMs, minute, say }: CampaignOptions, data: string, temporary: string): Campaign {
  const plain = createReport();
  const complain: SoakReport["complain"] = (promise, particulars) => {
    say(`! ${promise}: ${particulars.slice(0, 500)}`);
    plain.complain(promise, particulars);
  };
  const wantsDisk = plan.faults.some((fault) => fault.do === "fill");
  const disk = wantsDisk ? mountDisk(data, diskMegabytes) : null;
  if (wantsDisk && disk === null) plain.figure("full disks", "skipped: this user may not mount a disk of its own");
  const args = ["--auth", "loopback", "--engine", "host", "--minute", minute];
  const installation = createInstallation({ data, temporary, args, complain });
  const caller = createCaller(installation, complain);
  const report = { ...plain, complain };
  const own = { history: createHistory(), actors: [], followers: [] };
  return { plan, lastsMs, say, disk, installation, caller, report, ...own };
}

/** Has everybody do what the plan says while the faults come; answers what was seen of the logs. */
async function play(campaign: Campaign): Promise<readonly Seen[]> {
  const { plan, lastsMs, say, installation, disk, caller, history, report, actors, followers } = campaign;
  const { complain } = report;
  const began = performance.now();
  const watch = ({ id }: Asked): void => {
    followers.push(followBySocket(installation, id, id % 2 === 0 ? "&batch=1" : ""));
    if (id % 3 === 0) followers.push(followByPolls(installation, id));
  };
  for (const app of plan.apps) actors.push(await createActor(app, { caller, history, complain, watch }));
  const crowds = actors.map((actor) => visit(() => actor.app().id, { installation, caller, history, complain }));
  const isLate = () => lastsMs !== null && performance.now() - began > lastsMs;
  // Lists are eventually consistent: what they lack right after a fault may still come.
  const afterwards = async () => {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const found: (readonly [string, string])[] = [];
      judgeLists(history, await allDeployments(caller, complain), (what, which) => void found.push([what, which]));
      if (found.length > 0 && performance.now() < deadline) {
        await pause(200);
        continue;
      }
      for (const [what, which] of found) complain(what, which);
      return;
    }
  };
  const faults = plan.faults.filter((fault) => fault.do !== "fill" || disk !== null);
  let isOver = false;
  const faulting = inflict(faults, { installation, disk, afterwards, say }, isLate).finally(() => {
    isOver = true;
  });
  const played = await Promise.all(actors.map((actor) => playAll(actor, { isLate, isOver: () => isOver, say })));
  const counts = await faulting;
  const visited = await Promise.all(crowds.map((crowd) => crowd.leave()));
  const seen = await allSeen(followers);
  report.figure("minutes", ((performance.now() - began) / 60_000).toFixed(1));
  report.figure("acts", sum(played));
  report.figure("kills, stops, full disks", `${counts.kill}, ${counts.stop}, ${counts.fill}`);
  report.figure("requests to apps", sum(visited.map(({ asked }) => asked)));
  report.figure("of these failed while it was down", sum(visited.map(({ excused }) => excused)));
  report.figure("slowest app after a restart", `${Math.max(...visited.map((one) => one.longestRecovery))} ms`);
  return seen;
}

interface Times {
  readonly isLate: () => boolean;
  /** All faults have come. */
  readonly isOver: () => boolean;
  readonly say: (line: string) => void;
}

/** All acts, and then from the second on again until all faults have come. Answers how many. */
async function playAll({ name, acts, act: carryOut }: Actor, { isLate, isOver, say }: Times): Promise<number> {
  for (let n = 0; ; n++) {
    const act = acts[n < acts.length ? n : 1 + ((n - 1) % Math.max(1, acts.length - 1))];
    if (act === undefined || isLate() || (n >= acts.length && isOver())) return n;
    say(`${name}: ${JSON.stringify(act)}`);
    await carryOut(act);
    await pause(betweenActsMs);
  }
}

async function allSeen(followers: readonly Follower[]): Promise<readonly Seen[]> {
  const late = new AbortController();
  const leaving = pause(quietMs, undefined, { signal: late.signal }).then(
    () => {
      for (const follower of followers) follower.leave();
    },
    // All were through in time.
    () => undefined,
  );
  const seen = await Promise.all(followers.map((follower) => follower.seen));
  late.abort();
  await leaving;
  return seen;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
