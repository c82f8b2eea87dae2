import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeDirectory } from "../../test/support/local-mode.ts";
import { type Actor, createActor } from "./actor.ts";
import { createCaller } from "./caller.ts";
import { mountDisk } from "./disk.ts";
import { inflict } from "./faults.ts";
import { type Follower, followByPolls, followBySocket } from "./follow.ts";
import { type Asked, createHistory } from "./history.ts";
import { createInstallation } from "./installation.ts";
import { judgeCampaign } from "./judge/campaign.ts";
import { lookInside } from "./judge/inside.ts";
import { judgeOrphans } from "./judge/orphans.ts";
import { allDeployments, judgeLists } from "./judge/records.ts";
import type { Plan } from "./plan.ts";
import { describeProcess } from "./process.ts";
import { createReport, type Report } from "./report.ts";
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
const quietSeconds = 60;

/** Carries a plan out on a local mode of its own, and judges what became of everything. */
export async function runCampaign({ plan, directory, lastsMs, minute, say }: CampaignOptions): Promise<Report> {
  const report = createReport();
  const complain: Report["complain"] = (promise, particulars) => {
    say(`! ${promise}: ${particulars.slice(0, 500)}`);
    report.complain(promise, particulars);
  };
  const data = join(directory, "data");
  const temporary = join(directory, "tmp");
  for (const path of [data, temporary]) mkdirSync(path, { recursive: true });
  const wantsDisk = plan.faults.some((fault) => fault.do === "fill");
  const disk = wantsDisk ? mountDisk(data, diskMegabytes) : null;
  if (wantsDisk && disk === null) say("Full disks are skipped: this user may not mount a disk of its own.");
  const args = ["--auth", "loopback", "--engine", "host", "--minute", minute];
  const installation = createInstallation({ data, temporary, args, complain });
  const caller = createCaller(installation, complain);
  const history = createHistory();
  const followers: Follower[] = [];
  const watch = ({ id }: Asked): void => {
    followers.push(followBySocket(installation, id, id % 2 === 0 ? "&batch=1" : ""));
    if (id % 3 === 0) followers.push(followByPolls(installation, id));
  };
  const actors: Actor[] = [];

  try {
    await installation.start();
    const began = performance.now();
    for (const app of plan.apps) actors.push(await createActor(app, { caller, history, complain, watch }));
    const crowds = actors.map((actor) => visit(() => actor.app().id, { installation, caller, history, complain }));
    const isLate = () => lastsMs !== null && performance.now() - began > lastsMs;
    const faults = plan.faults.filter((fault) => fault.do !== "fill" || disk !== null);
    let faultsAreOver = faults.length === 0;
    const afterwards = async () => judgeLists(history, await allDeployments(caller, complain), complain);
    const faulting = inflict(faults, { installation, disk, afterwards, say }, isLate).finally(() => {
      faultsAreOver = true;
    });
    /** All acts, and then from the second on again until all faults have come. */
    const play = async ({ name, acts, act: carryOut }: Actor): Promise<number> => {
      let played = 0;
      for (let n = 0; !isLate() && (n < acts.length || !faultsAreOver); n++, played++) {
        const act = acts[n < acts.length ? n : 1 + ((n - 1) % Math.max(1, acts.length - 1))];
        if (act === undefined) break;
        say(`${name}: ${JSON.stringify(act)}`);
        await carryOut(act);
      }
      return played;
    };
    const played = await Promise.all(actors.map(play));
    const counts = await faulting;
    const visited = await Promise.all(crowds.map((crowd) => crowd.leave()));
    await pause(2_000);
    const seen = await settled(followers);
    report.figure("minutes", ((performance.now() - began) / 60_000).toFixed(1));
    report.figure("acts", sum(played));
    report.figure("kills, stops, full disks", `${counts.kill}, ${counts.stop}, ${counts.fill}`);
    await judgeCampaign({ caller, history, installation, seen, report: { ...report, complain } });
    report.figure("requests to apps", sum(visited.map(({ asked }) => asked)));
    report.figure("of these while it was down", sum(visited.map(({ excused }) => excused)));
    report.figure("slowest app after a restart", `${Math.max(...visited.map((one) => one.longestRecovery))} ms`);
    report.figure("answers 5xx", caller.serverErrors());
    report.figure("starts", installation.starts.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(", "));
    report.figure("resident memory at the end", `${installation.memory()} MB`);
    const { code, left } = await installation.end();
    if (code !== 0) complain("it did not end in order", `exit code ${code}`);
    if (left.length > 0) complain("a process is left", left.map(describeProcess).join("; "));
    judgeOrphans(await lookInside(data), history, complain);
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

/** Whoever watches a deployment that has ended is through within a moment. */
async function settled(followers: readonly Follower[]) {
  const late = setTimeout(() => {
    for (const follower of followers) follower.leave();
  }, quietSeconds * 1000);
  const seen = await Promise.all(followers.map((follower) => follower.seen));
  clearTimeout(late);
  return seen;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
