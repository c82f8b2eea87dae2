import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import { type App, tasksOf } from "../app.ts";
import { awaitsProcesses } from "../deployment/decide-processes.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { type Effect, effectKey } from "../deployment/effect.ts";
import { type DeploymentEvent, type EventOf, unseenRelease } from "../deployment/event.ts";
import { mayBeWorkedOn } from "../deployment/lease.ts";
import { mayBeUnseen } from "../deployment/unseen.ts";
import { settingsOfImage, settingsOfUnreadImage } from "../image-config.ts";
import { RepositoriesRefused } from "../images.ts";
import type { LogLine } from "../log/log.ts";
import { OutputUnreadable } from "../log/output-unreadable.ts";
import type { Confirm, ReleaseOrder } from "../ports/releases.ts";
import { knownRepository } from "../push/repository.ts";
import { secondsBetween } from "../time.ts";
import { apply } from "./apply.ts";
import { enterBuilds, leaveBuilds } from "./build-slots.ts";
import type { WorkerDeps } from "./deps.ts";
import { forgetDefinitions } from "./forget-definitions.ts";
import { forgetImages } from "./forget-images.ts";
import { forgetSecrets } from "./forget-secrets.ts";
import { enter, leave } from "./lanes.ts";
import { isShown, restoreProcesses, startProcesses } from "./processes.ts";
import { nameAfter, recordRelease } from "./record-release.ts";
import { startReleaseCommand, stopReleaseCommand } from "./release-command.ts";
import { releaseOrder } from "./release-order.ts";
import { reuseImage } from "./reuse-image.ts";
import { servedImageBytes } from "./served-image.ts";
import { appendOwnLines, buildWriter, closeWriter, seal } from "./write-log.ts";

/** Git hosts that do not answer in this time are asked again at the next poll. */
const resolveDeadlineMs = 20_000;

/** Which repository it is may be learned with any deployment. */
const identifyDeadlineMs = 5_000;

/** Longer than putting a release back takes; what is left then goes with the next release. */
const settlingSeconds = 5 * 60;

const accountIsBusy = "Waiting for another build to finish: the account has reached the limit of concurrent builds";

type Handlers = {
  readonly [T in Effect["type"]]: (
    deps: WorkerDeps,
    row: Deployment,
    effect: Extract<Effect, { type: T }>,
    confirm: Confirm,
  ) => Promise<readonly DeploymentEvent[]>;
};

const repositoryOf = ({ app_id, settings: { repo_url, git_token } }: Deployment) => ({
  app_id,
  url: repo_url,
  git_token,
});

const done = (effect: Effect): DeploymentEvent => ({ type: "effect_done", key: effectKey(effect) });

/** How each effect is carried out, and what has happened then. No event: it stays in the outbox and is tried again. */
const noImage = "There is no image to release. Deploy again, so that one is built.";

const handlers: Handlers = {
  enter_lane: (deps, row) => enter(deps, row),

  resolve_commit: async (deps, row) => {
    const head = await deps.heads.resolve(
      { ...repositoryOf(row), branch: row.branch, commit: row.commit_hash },
      resolveDeadlineMs,
    );
    switch (head.outcome) {
      case "resolved":
        await learnRepository(deps, row);
        return [{ type: "commit_resolved", commit: head.commit, message: head.message }];
      case "refused":
        return [{ type: "commit_refused", code: head.code, message: head.message }];
      case "unreachable":
        return [{ type: "repository_unreachable", message: head.message }];
    }
  },

  note_promotion: async (deps, row, effect) => {
    if (row.from_deployment !== null) await apply(deps, row.from_deployment, { type: "promoted", to: row.id });
    return [done(effect)];
  },

  start_build: async (deps, row, { attempt }) => {
    const order = { deployment_id: row.id, attempt };
    const { reused, ...known } = await prepareBuild(deps, row, attempt);
    if (reused !== null) return [reused];
    const turn = await enterBuilds(deps, order);
    if (turn !== null) return [{ type: "build_waiting", attempt, message: turn, in_turn: true, ...known }];
    const refused = await prepareRepositories(deps, row.app_id);
    if (refused !== null) return [{ type: "build_refused", attempt, message: refused }];
    const start = await deps.builds.start(order, row.settings.architecture);
    switch (start.outcome) {
      case "started":
        return [{ type: "build_started", attempt, build_id: start.build_id, ...known }];
      case "waiting":
        return [{ type: "build_waiting", attempt, message: accountIsBusy, in_turn: false, ...known }];
      case "refused":
        return [{ type: "build_refused", attempt, message: start.message }];
    }
  },

  free_build_slot: async (deps, row, effect) => {
    await leaveBuilds(deps, [{ deployment_id: row.id, attempt: effect.attempt }]);
    return [done(effect)];
  },

  stop_build: async (deps, row, effect) => {
    const order = { deployment_id: row.id, attempt: effect.attempt };
    const stopped = await deps.builds.stop(order, row.build?.id ?? null);
    const absent: DeploymentEvent = {
      type: "build_seen",
      attempt: effect.attempt,
      cloned: null,
      step: null,
      finished: null,
      status: "absent",
      detail: null,
    };
    return stopped === "absent" ? [done(effect), absent] : [done(effect)];
  },

  stop_orphaned_build: async (deps, row, effect) => {
    await deps.builds.stop({ deployment_id: row.id, attempt: row.build?.attempt ?? 1 }, effect.build_id);
    return [done(effect)];
  },

  close_build_log: async (deps, row, effect) => {
    await closeWriter(deps, row.id, buildWriter(effect.attempt));
    return [done(effect)];
  },

  prepare_release: async (deps, row, effect) => {
    await deps.releases.prepare(row.app_id, row.settings);
    return [done(effect)];
  },

  number_release_command: async (deps) => [
    { type: "release_command_numbered", run_id: await deps.counters.next("runs") },
  ],

  start_release_command: async (deps, row, effect) => {
    const order = releaseOrder(row);
    if (order === null) return [{ type: "release_command_refused", message: noImage }];
    const refused = await startReleaseCommand(deps, row, order);
    return [refused ?? done(effect)];
  },

  stop_release_command: async (deps, row, effect) => {
    await stopReleaseCommand(deps, row);
    return [done(effect)];
  },

  start_release: async (deps, row, _effect, confirm) => {
    const [read, app] = await Promise.all([readImage(deps, row), deps.apps.get(row.app_id)]);
    const order = releaseOrder({ ...row, image_settings: read[0]?.settings ?? row.image_settings });
    if (order === null) return [{ type: "release_refused", message: noImage }];
    const start = await deps.releases.start(withNames(row, app, order), confirm);
    if (start.outcome === "refused") return [...read, { type: "release_refused", message: start.message }];
    if (start.outcome === "waiting") return read;
    const { task_definition, url, load_balancer_url, note } = start;
    return [...read, { type: "release_started", task_definition, url, load_balancer_url, note }];
  },

  check_release: async (deps, row, _effect, confirm) => {
    const order = releaseOrder(row);
    if (order === null) return [];
    const named = withNames(row, await deps.apps.get(row.app_id), order);
    const taskDefinition = row.release?.task_definition ?? null;
    const check = await deps.releases.check(named, taskDefinition, !awaitsProcesses(row.settings), confirm);
    if (check.outcome === "waiting") return [];
    return [{ type: "release_checked", wrong: check.outcome === "failed" ? check.seen : null }];
  },

  resume_release: async (deps, row, effect, confirm) => {
    const order = releaseOrder(row);
    if (order === null) return [];
    const resumed = await deps.releases.resume(order, row.release?.task_definition ?? null, confirm);
    return resumed === "resumed" ? [done(effect)] : [];
  },

  start_processes: async (deps, row, _effect, confirm) => startProcesses(deps, row, confirm),

  stop_processes: async (deps, row, effect, confirm) => {
    const restored = await restoreProcesses(deps, row, confirm);
    return restored === "restored" && isShown(row, deps.now()) ? [done(effect)] : [];
  },

  stop_release: async (deps, row, effect, confirm) => {
    const order = releaseOrder(row);
    if (order === null) return [done(effect)];
    const stopped = await deps.releases.stop(order, row.release?.task_definition ?? null, confirm);
    if (stopped === "unseen" && row.release !== null && mayBeUnseen(row.release.started_at, deps.now())) return [];
    return stopped !== "stopping" ? [done(effect), unseenRelease(tasksOf(order.settings).min)] : [done(effect)];
  },

  stop_orphaned_release: async (deps, row, effect, confirm) => {
    const undone = await undo(deps, row, effect.task_definition, confirm);
    // ECS may not show it yet: it would go on, and keep every later release waiting.
    return undone === "absent" && !mayBeUnseen(effect.since, deps.now()) ? [done(effect)] : [];
  },

  confirm_stopped: async (deps, row, effect, confirm) => {
    if (row.finished_at !== null && mayBeWorkedOn(row.finished_at, deps.now())) return [];
    if ((await undo(deps, row, null, confirm)) === "stopping") return [];
    if (row.processes !== null && (await restoreProcesses(deps, row, confirm)) === "restoring") return [];
    const given = await forgetDefinitions(deps, row.app_id, { confirmed: row.id });
    // While the earlier release is put back ECS names both: looked at once more, it names one.
    const isRecent = secondsBetween(row.finished_at ?? deps.now(), deps.now()) < settlingSeconds;
    return given === "some" && isRecent ? [] : [done(effect)];
  },

  record_release: async (deps, row, effect, confirm) =>
    (await recordRelease(deps, row, confirm)) ? [done(effect)] : [],

  record_audit_entry: async (deps, _row, effect) => {
    await deps.audit.record(effect.entry);
    return [done(effect)];
  },

  write_line: async (deps, row, effect) => {
    const line = { line: `${inlineText(effect.line)}\n`, timestamp: deps.now(), stream: "system" as const };
    await appendOwnLines(deps, row.id, "slipway", effect.number, [line], isLastLine(row, effect));
    return [done(effect)];
  },

  write_output: async (deps, row, effect) => {
    const order = releaseOrder(row);
    const lines = order === null ? [] : await outputOf(deps, row, order);
    if (lines.length > 0) await appendOwnLines(deps, row.id, "app", 1, lines);
    return [done(effect)];
  },

  seal_log: async (deps, row, effect) => {
    await seal(deps, row.id);
    return [done(effect)];
  },

  leave_lane: async (deps, row, effect) => {
    await leave(deps, row);
    return [done(effect)];
  },

  forget_images: async (deps, row, effect) => {
    await forgetImages(deps, row.app_id, row.id);
    await forgetDefinitions(deps, row.app_id, { released: row });
    return [done(effect)];
  },

  forget_secrets: async (deps, row, effect) => {
    await forgetSecrets(deps, row.app_id);
    return [done(effect)];
  },
};

/** `confirm`: whether the lease is still held, where there is one. */
export function carryOut(
  deps: WorkerDeps,
  row: Deployment,
  effect: Effect,
  confirm: Confirm,
): Promise<readonly DeploymentEvent[]> {
  // The table's key is the effect's own type, which TypeScript cannot follow through an index.
  const handler = handlers[effect.type] as (
    deps: WorkerDeps,
    row: Deployment,
    effect: Effect,
    confirm: Confirm,
  ) => Promise<readonly DeploymentEvent[]>;
  return handler(deps, row, effect, confirm);
}

/** Whether the log is sealed right after a line. */
const isLastLine = ({ outbox }: Deployment, { number }: Extract<Effect, { type: "write_line" }>): boolean =>
  outbox[outbox.findIndex((one) => one.type === "write_line" && one.number === number) + 1]?.type === "seal_log";

/** What a build needs to know beforehand, and the image that makes it needless. Asked once, however long it waits for its turn. */
async function prepareBuild(deps: WorkerDeps, row: Deployment, attempt: number) {
  const { build_prepared, build_key, served_image_bytes } = row;
  if (build_prepared) return { build_key, served_image_bytes, reused: null };
  const [found, served] = await Promise.all([reuseImage(deps, row, attempt), servedImageBytes(deps, row)]);
  const reused = found.reused === null ? null : { ...found.reused, served_image_bytes: served };
  return { build_key: found.build_key ?? build_key, served_image_bytes: served, reused };
}

/** Makes what a build pushes to. `null`: it is there; otherwise why not, for a person. */
async function prepareRepositories(deps: WorkerDeps, appId: number): Promise<string | null> {
  try {
    await deps.images.prepare(appId);
    return null;
  } catch (error) {
    if (error instanceof RepositoriesRefused) return error.message;
    throw error;
  }
}

/** What the image says of the settings that its app leaves to it, once; nothing where there are no such settings. */
async function readImage(deps: WorkerDeps, row: Deployment): Promise<readonly EventOf<"image_read">[]> {
  const { image_digest, image_settings, settings } = row;
  if (image_digest === null || image_settings !== null || settings.from_image.length === 0) return [];
  const config = await deps.images.config(row.image_app_id ?? row.app_id, image_digest);
  const { lines, ...said } =
    config === null ? settingsOfUnreadImage(settings) : settingsOfImage(config, settings.from_image);
  return [{ type: "image_read", settings: said, lines }];
}

/** Takes back what got through after the end. */
async function undo(
  deps: WorkerDeps,
  row: Deployment,
  taskDefinition: string | null,
  confirm: Confirm,
): Promise<"stopping" | "absent"> {
  const order = releaseOrder(row);
  if (order === null) return "absent";
  const app = await deps.apps.get(row.app_id);
  // It got through after all that there was of its app had been removed: that is done once more.
  if (app === null) {
    const areGone = await deps.processes.remove(row.app_id);
    return (await deps.releases.remove({ id: row.app_id })) && areGone ? "absent" : "stopping";
  }
  if (app.live_deployment_id === row.id)
    return deps.releases.stopAllButLive(order, row.release?.task_definition ?? null, confirm);
  const live = app.live_deployment_id === null ? null : await deps.deployments.get(app.live_deployment_id);
  return deps.releases.undo(order, taskDefinition, live?.release?.task_definition ?? null, confirm);
}

/** All of it goes into one item of the table, which has room for 400 KB. */
const mostOutputLines = 200;
const longestOutputLine = 1000;

/** What the app of a release that failed printed, as lines of the log. That it cannot be read keeps no deployment from its end. */
async function outputOf(deps: WorkerDeps, row: Deployment, order: ReleaseOrder): Promise<readonly LogLine[]> {
  const timestamp = deps.now();
  // The indentation of a stack trace is a part of what it says.
  const line = (text: string, stream: LogLine["stream"]): LogLine => ({
    line: `${/^[ \t]*/.exec(text)?.[0] ?? ""}${inlineText(text)}\n`,
    timestamp,
    stream,
  });
  try {
    const failed = row.processes?.failed ?? null;
    const printed = await (failed === null ? deps.releases.output(order) : deps.processes.output(order, failed));
    if (printed.length === 0) return [];
    const shown = printed.slice(-mostOutputLines).map((text) => line(shorten(text, longestOutputLine), "stdout"));
    return [line(`${failed === null ? "The app" : failed}'s output:`, "system"), ...shown];
  } catch (error) {
    if (!(error instanceof OutputUnreadable)) throw error;
    deps.logger.error("The output of an app could not be read", { deployment_id: row.id, app_id: row.app_id, error });
    return [line(`The app's output could not be read: ${error.message}`, "system")];
  }
}

/** So that pushes reach the app when its repository is renamed or transferred, even if none came before. */
async function learnRepository(deps: WorkerDeps, row: Deployment): Promise<void> {
  const app = await deps.apps.get(row.app_id);
  if (app === null || knownRepository(app) !== null) return;
  const { url, ...repository } = repositoryOf(row);
  const id = await deps.heads.identify({ ...repository, url }, identifyDeadlineMs);
  if (id !== null) await deps.apps.noteRepository(row.app_id, { url, id });
}

/** Under which names it is reached: a change takes effect with the release, and until then both do. */
function withNames(row: Deployment, app: App | null, order: ReleaseOrder): ReleaseOrder {
  const name = app === null ? row.settings.name : nameAfter(row, app);
  return { ...order, settings: { ...order.settings, name }, live_name: app?.live_name ?? null };
}
