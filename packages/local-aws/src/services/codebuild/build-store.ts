import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { phaseChange, stateChange } from "./events.ts";
import { type Build, type BuildStatus, buildRecord, type PhaseContext, type PhaseType } from "./records.ts";

/** The builds on disk. Each step of a build is stored, then emitted to the event bus. */
export interface BuildStore {
  get(id: string): Build | undefined;
  /** The builds of a project, oldest first. */
  of(project: string): Build[];
  /** Those that are not over, oldest first. */
  unfinished(): Build[];
  /** What was started with that idempotency token, oldest first. */
  startedWith(token: string): Build[];
  /** Deletes builds that ended longer ago than they are shown. */
  trim(): void;
  /** Counts the builds of a project, including deleted ones. */
  nextNumber(project: string): number;
  /** A new build, submitted and waiting in the queue. */
  submit(build: Omit<Build, "status" | "currentPhase" | "startTime" | "endTime" | "phases">): Build;
  /** Begins a phase. The one before has ended. */
  begin(id: string, phase: PhaseType): void;
  /** Ends the phase that the build is in. */
  end(id: string, status: BuildStatus, contexts?: readonly PhaseContext[]): void;
  /** The build is over. */
  complete(id: string, status: BuildStatus): void;
}

/** CodeBuild shows the history of a year; a laptop has less use for it. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

export function openBuildStore({ state, clock, emit }: Pick<LocalContext, "state" | "clock" | "emit">): BuildStore {
  const builds = state.collection("codebuild-builds", buildRecord, {
    project: ({ projectName }) => projectName,
    unfinished: ({ status }) => (status === "IN_PROGRESS" ? "yes" : null),
    token: ({ token }) => token,
  });
  const numbers = state.collection("codebuild-numbers", z.object({ last: z.number() }));
  const inOrder = (found: Build[]): Build[] => found.sort((a, b) => a.startTime - b.startTime || a.number - b.number);
  const must = (id: string): Build => {
    const build = builds.get(id);
    if (build === undefined) throw new Error(`the build ${id} is not on record`);
    return build;
  };
  const begin = (id: string, type: PhaseType): void => {
    const build = must(id);
    const phase = { type, status: null, startTime: clock.now(), endTime: null, contexts: [] };
    builds.put(id, { ...build, currentPhase: type, phases: [...build.phases, phase] });
  };
  const end: BuildStore["end"] = (id, status, contexts = []) => {
    const build = must(id);
    const last = build.phases.at(-1);
    if (last === undefined || last.endTime !== null) return;
    const ended = { ...last, status, endTime: clock.now(), contexts: [...contexts] };
    const changed = { ...build, phases: [...build.phases.slice(0, -1), ended] };
    builds.put(id, changed);
    emit(phaseChange(changed, ended));
  };
  return {
    nextNumber: (project) => {
      const last =
        numbers.get(project)?.last ?? Math.max(0, ...builds.where("project", project).map((one) => one.number));
      numbers.put(project, { last: last + 1 });
      return last + 1;
    },
    get: (id) => builds.get(id),
    of: (project) => inOrder(builds.where("project", project)),
    unfinished: () => inOrder(builds.where("unfinished", "yes")),
    startedWith: (token) => inOrder(builds.where("token", token)),
    trim: () => {
      for (const { id, endTime } of builds.all()) {
        if (endTime !== null && clock.now() - endTime > KEPT_MS) builds.delete(id);
      }
    },
    submit: (given) => {
      const { id } = given;
      const startTime = clock.now();
      builds.put(id, {
        ...given,
        status: "IN_PROGRESS",
        currentPhase: "SUBMITTED",
        startTime,
        endTime: null,
        phases: [],
      });
      begin(id, "SUBMITTED");
      emit(stateChange(must(id)));
      end(id, "SUCCEEDED");
      begin(id, "QUEUED");
      return must(id);
    },
    begin,
    end,
    complete: (id, status) => {
      begin(id, "COMPLETED");
      const ended = { ...must(id), status, endTime: clock.now() };
      builds.put(id, ended);
      emit(stateChange(ended));
    },
  };
}
