import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { removeDirectory } from "../../../test/support/local-mode.ts";
import { createCaller } from "../caller.ts";
import { followBySocket } from "../follow.ts";
import { createHistory } from "../history.ts";
import { createInstallation, type Installation } from "../installation.ts";
import { storedLog } from "../judge/campaign.ts";
import { readState } from "../judge/inside.ts";
import { wrongLog, wrongView } from "../judge/logs.ts";
import { judgeOrphans } from "../judge/orphans.ts";
import { allDeployments } from "../judge/records.ts";
import { createReport, type SoakReport } from "../report.ts";
import { allEnd, judgeAllLists, keepWalking, restartUnderLoad } from "./lists.ts";
import { askForAll, deployOne, openIdle, registerApps } from "./people.ts";
import { type Load, sizeOf } from "./size.ts";

export interface LoadOptions {
  /** 1: 200 apps, 1,000 deployments, 50 viewers on 50,000 lines, 500 idle sockets. */
  readonly scale: number;
  /** A directory of its own; removed when there is nothing to complain of. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

/** Loads a local mode of its own, and judges whether anything stands still, gets lost, or is listed wrongly. */
export async function runLoad({ scale, directory, say }: LoadOptions): Promise<SoakReport> {
  const report = createReport();
  const data = join(directory, "data");
  const temporary = join(directory, "tmp");
  for (const path of [data, temporary]) mkdirSync(path, { recursive: true });
  const args = ["--auth", "loopback", "--engine", "host", "--minute", "10s"];
  const installation = createInstallation({ data, temporary, args, complain: report.complain });
  const caller = createCaller(installation, report.complain);
  const load: Load = { size: sizeOf(scale), installation, caller, history: createHistory(), report, say };
  const repositories: string[] = [];
  try {
    await installation.start();
    const memory = watchMemory(installation);
    await burden(load, repositories);
    await restartUnderLoad(load);
    report.figure("resident memory", memory.figure());
    const { code, left } = await installation.end();
    if (code !== 0) report.complain("it did not end in order", `exit code ${code}`);
    if (left.length > 0) report.complain("a process is left", left.join(", "));
    judgeOrphans(await readState(data), load.history, report.complain);
  } finally {
    if (installation.isUp()) await installation.end();
    for (const path of repositories) removeDirectory(path);
    if (report.complaints.length === 0) removeDirectory(directory);
  }
  return report;
}

async function burden(load: Load, repositories: string[]): Promise<void> {
  const { size, installation, history, report, say } = load;
  const began = performance.now();
  const apps = await registerApps(load, repositories);
  say(`${apps.length} apps after ${seconds(began)}`);
  const chatty = await deployOne(load, load.caller, apps[0] ?? 0);
  const followers = Array.from({ length: size.viewers }, () => followBySocket(installation, chatty, "&batch=1"));
  const walker = keepWalking(load);
  const asking = askForAll(load, apps.slice(1));
  const idle = await openIdle(load, chatty);
  await asking;
  say(`all asked for after ${seconds(began)}`);
  await allEnd(load);
  say(`all ended after ${seconds(began)}`);
  const walks = await walker.stop();
  for (const follower of followers) setTimeout(() => follower.leave(), 60_000).unref();
  const seen = await Promise.all(followers.map((follower) => follower.seen));
  const stored = await storedLog(load.caller, chatty);
  const listed = await allDeployments(load.caller, report.complain, 100);
  const [asked, shown] = [history.deployments.get(chatty), listed.find(({ id }) => id === chatty)];
  if (asked && shown)
    for (const wrong of wrongLog(asked, shown, stored)) report.complain("a stored log lost or doubled lines", wrong);
  for (const viewer of seen)
    for (const wrong of wrongView(viewer, stored)) report.complain("a viewer lost or doubled lines", wrong);
  await judgeAllLists(load, listed);
  const closed = idle.filter(({ isClosed }) => isClosed()).length;
  if (closed > 0) report.complain("an idle socket was closed", `${closed} of ${idle.length}`);
  for (const { viewer } of idle) viewer.cut();
  report.figure("apps", apps.length);
  report.figure("deployments", `${listed.length} in ${seconds(began)}`);
  report.figure("lines", `${stored.length}, seen by ${seen.length} viewers`);
  report.figure("idle sockets", idle.length);
  report.figure("lists walked meanwhile", walks);
  report.figure("answers 5xx", load.caller.serverErrors());
}

function watchMemory(installation: Installation) {
  const first = installation.memory();
  let most = first;
  const timer = setInterval(() => {
    most = Math.max(most, installation.memory());
  }, 2_000);
  return {
    figure: () => {
      clearInterval(timer);
      return `${first} MB at first, ${most} MB at most, ${installation.memory()} MB after a restart`;
    },
  };
}

const seconds = (since: number): string => `${Math.round((performance.now() - since) / 1000)} s`;
