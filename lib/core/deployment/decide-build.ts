import { buildProgress } from "../stage.ts";
import { type BuildResult, buildResult, failedBuild } from "./build-result.ts";
import { deploy } from "./decide-release.ts";
import { restoresRelease } from "./deployment.ts";
import {
  completeEffect,
  type Draft,
  end,
  enqueueEffect,
  enter,
  type Handled,
  isWaitingFor,
  progressTo,
  say,
} from "./draft.ts";
import { endingWithoutError, fail } from "./ending.ts";
import type { BuildSeen, EventOf } from "./event.ts";

/** Enqueues a deployment's first build, and before it what its release needs that takes minutes. */
export function build(draft: Draft): Draft {
  // What an app was released with is there. Where it is internal since, that needs what others do not.
  const isPrepared = draft.live_before !== null && !draft.settings.internal;
  const prepared = isPrepared ? draft : enqueueEffect(draft, { type: "prepare_release" });
  return enqueueEffect(prepared, { type: "start_build", attempt: 1 });
}

export function buildStarted(
  draft: Draft,
  { attempt, build_id: buildId, build_key, served_image_bytes = null }: EventOf<"build_started">,
  now: string,
): Handled {
  if (draft.ending !== null) return orphanedBuild(draft, buildId);
  if (!isWaitingFor(draft, `start_build#${attempt}`)) return "the build is known";
  const build = { attempt, id: buildId, running: true };
  const known = {
    ...completeEffect(draft, `start_build#${attempt}`),
    build,
    build_prepared: true,
    build_key: build_key ?? null,
    served_image_bytes,
  };
  return known.stage === "pending" ? enter(known, "cloning", now) : known;
}

/** The stages are those of a build, so that whoever watches sees what happens instead of one. */
export function imageReused(draft: Draft, event: EventOf<"image_reused">, now: string): Handled {
  const { attempt, image_digest, from, build_key, built_at, image_bytes, served_image_bytes = null } = event;
  if (!isWaitingFor(draft, `start_build#${attempt}`)) return "no build was to be started";
  const known = { ...completeEffect(draft, `start_build#${attempt}`), image_digest, build_key, built_at };
  const build_result: BuildResult = { outcome: "reused", steps: [], image_bytes };
  const reused = { ...known, reused_from: from, build_result, served_image_bytes };
  const cloning = reused.stage === "pending" ? enter(reused, "cloning", now) : reused;
  const building = enter(cloning, "building", now, "Reusing an image");
  const line = `The input of the build has not changed since deployment ${from}. Reusing its image ${image_digest}.`;
  return built(say(building, line), now);
}

/** Said while nothing else can be: a second attempt waits in a stage that has its own words. */
export function buildWaits(draft: Draft, event: EventOf<"build_waiting">): Handled {
  const { attempt, message, build_key = null, served_image_bytes = null } = event;
  if (!isWaitingFor(draft, `start_build#${attempt}`)) return "no build was to be started";
  const next = { ...draft, build_prepared: true, build_key, served_image_bytes };
  return next.stage === "pending" ? { ...next, message } : next;
}

export function orphanedBuild(draft: Draft, buildId: string): Handled {
  return draft.build?.id === buildId
    ? "the build is known"
    : enqueueEffect(draft, { type: "stop_orphaned_build", build_id: buildId });
}

export function buildSeen(draft: Draft, seen: BuildSeen, now: string): Handled {
  if (draft.build === null || draft.build.attempt !== seen.attempt) return "not the build that runs";
  if (!draft.build.running) return "the build has ended";
  const ended = seen.finished !== null || (seen.status !== null && seen.status !== "in_progress");
  if (draft.ending !== null)
    return ended ? { ...draft, build: { ...draft.build, running: false } } : "it is being stopped";
  const next = withProgress(draft, seen, now);
  if (!ended) return next;
  return buildEnded({ ...next, build: { ...draft.build, running: false } }, seen, now);
}

function withProgress(draft: Draft, { cloned, step }: BuildSeen, now: string): Draft {
  const known = cloned === null ? draft : { ...draft, commit_hash: cloned.commit, commit_message: cloned.message };
  const building = cloned !== null && known.stage === "cloning" ? enter(known, "building", now) : known;
  // A step may be met before what the build has cloned.
  return step === null || building.stage !== "building" ? building : progressTo(building, buildProgress(step));
}

function buildEnded(draft: Draft, seen: BuildSeen, now: string): Draft {
  if (seen.finished !== null) {
    if (seen.finished.outcome === "succeeded" && seen.finished.image_digest !== null) {
      const { image_digest, steps = [], image_bytes = null } = seen.finished;
      return built({ ...draft, image_digest, built_at: now, build_result: buildResult(steps, image_bytes) }, now);
    }
    const { code, message, exit_code, steps = [] } = seen.finished;
    return fail(
      { ...draft, build_result: failedBuild(steps) },
      code ?? "build_failed",
      message ?? "The build failed. Check the end of its log, then deploy again.",
      now,
      exit_code,
    );
  }
  if (seen.status === "fault" || seen.status === "absent") return hostLost(draft, seen.attempt, now);
  if (seen.status === "stopped") {
    return end(
      draft,
      { ...endingWithoutError("cancelled", "The build was stopped outside Slipway."), error_code: "build_stopped" },
      now,
    );
  }
  if (seen.status === "timed_out") {
    return fail(
      draft,
      "build_timed_out",
      "The build exceeded CodeBuild's time limit. Speed it up, or check its log for a step that hangs.",
      now,
    );
  }
  const detail = seen.detail === null ? "" : ` CodeBuild says: ${seen.detail}`;
  return fail(
    draft,
    "build_unreported",
    `The build ended without reporting a result.${detail} Retry; if it happens again, see the build in CodeBuild.`,
    now,
  );
}

/** A build whose host died is started once more. */
function hostLost(draft: Draft, attempt: number, now: string): Draft {
  if (attempt >= 2)
    return fail(draft, "build_host_lost", "The build's host was lost twice. Retry in a few minutes.", now);
  const closed = enqueueEffect(draft, { type: "close_build_log", attempt });
  return enqueueEffect(say(closed, "The build's host was lost. Starting the build once more."), {
    type: "start_build",
    attempt: attempt + 1,
  });
}

export function built(draft: Draft, now: string): Draft {
  const approved = draft.settings.approval === "none" || restoresRelease(draft);
  const next = draft.stage === "cloning" ? enter(draft, "building", now) : draft;
  return approved ? deploy(next, now) : enter(next, "awaiting_approval", now);
}
