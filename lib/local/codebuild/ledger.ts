import type { LocalContext } from "../part.ts";
import { phaseChange, stateChange } from "./events.ts";
import { type Build, type BuildStatus, buildRecord, type PhaseContext, type PhaseType } from "./records.ts";

/** The builds on disk. Each step of a build's life is written, then told to the event bus. */
export interface Ledger {
  get(id: string): Build | undefined;
  /** All builds, oldest first. */
  all(): Build[];
  /** A new build, submitted and waiting in the queue. */
  submit(build: Omit<Build, "status" | "currentPhase" | "startTime" | "endTime" | "phases">): Build;
  /** Begins a phase. The one before has ended. */
  begin(id: string, phase: PhaseType): void;
  /** Ends the phase that the build is in. */
  end(id: string, status: BuildStatus, contexts?: readonly PhaseContext[]): void;
  /** The build is over. */
  complete(id: string, status: BuildStatus): void;
}

export function openLedger({ state, clock, emit }: Pick<LocalContext, "state" | "clock" | "emit">): Ledger {
  const builds = state.collection("codebuild-builds", buildRecord);
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
  const end: Ledger["end"] = (id, status, contexts = []) => {
    const build = must(id);
    const last = build.phases.at(-1);
    if (last === undefined || last.endTime !== null) return;
    const ended = { ...last, status, endTime: clock.now(), contexts: [...contexts] };
    const changed = { ...build, phases: [...build.phases.slice(0, -1), ended] };
    builds.put(id, changed);
    emit(phaseChange(changed, ended));
  };
  return {
    get: (id) => builds.get(id),
    all: () => builds.all().sort((a, b) => a.startTime - b.startTime || a.number - b.number),
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
