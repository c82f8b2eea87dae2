import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Redact, redactor } from "@slipway/text/redactor";
import type { Claim, FailureCode, Finished, Step } from "../../contract/build.ts";
import { largestLog } from "../../core/limits.ts";
import type { BuildStage } from "../../core/stage.ts";
import { buildCommandOf } from "./build-command.ts";
import { claimBuild } from "./claim.ts";
import { clone } from "./clone.ts";
import type { Configuration } from "./configuration.ts";
import { type ControlPlane, controlPlane } from "./control-plane.ts";
import { baseOf, judgeDemands } from "./demands.ts";
import { type BuiltImage, buildImage } from "./docker.ts";
import { BuildFailure } from "./failure.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { type Preparation, prepareDocker } from "./preparation.ts";
import { openRegistry, type Registry, secretsOf } from "./registry.ts";
import { type Sender, startSender } from "./sender.ts";
import { findSource } from "./source.ts";
import { pause, type Surroundings } from "./surroundings.ts";

/** What may wait for the control plane before docker is read no further. */
const MAX_UNSENT = 20_000;
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;
/** Of the time until the deadline, what is kept for saying that it passed. */
const FINAL_REPORT_MS = 5000;
/** How long what is left is still sent after an interruption. */
const FLUSH_MS = 2000;
const TOKEN_CHARACTERS = 64;

/**
 * Claims a build, carries it out and reports on it; resolves with the exit code: 0, docker's, 1 where there was no build to speak
 * of, or 143 when `interrupted` aborted. Nothing that it started runs on then.
 */
export async function runReporter(
  configuration: Configuration,
  surroundings: Surroundings,
  interrupted: AbortSignal,
): Promise<number> {
  const token = surroundings.randomHex(TOKEN_CHARACTERS);
  const plane = controlPlane(configuration, token, surroundings.after);
  const claim = await claimBuild(plane, surroundings, interrupted);
  if (claim === undefined) return interrupted.aborted ? INTERRUPTED : 1;
  const own = [
    ...credentialsOf(claim.clone.authorization),
    ...secretsOf(claim.image.credentials),
    ...Object.values(claim.build.secrets),
  ];
  const redact = redactor([configuration.ticket, token, ...own]);
  const directory = await mkdtemp(join(surroundings.directory, "slipway-"));
  try {
    return await conduct({ claim, plane, surroundings, interrupted, redact, directory });
  } finally {
    // The outcome is reported: what cannot be removed goes with the machine.
    await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      surroundings.complain(`What the build left in ${directory} could not be removed: ${String(error).slice(0, 200)}`),
    );
  }
}

/** As a shell says that SIGTERM ended a command. */
const INTERRUPTED = 128 + 15;

interface Commission {
  readonly claim: Claim;
  readonly plane: ControlPlane;
  readonly surroundings: Surroundings;
  readonly interrupted: AbortSignal;
  readonly redact: Redact;
  /** A folder for this build alone. */
  readonly directory: string;
}

/** Why a build is stopped before it has ended by itself. */
type Reason = "interrupted" | "deadline" | "unwanted" | "given_up";

async function conduct(commission: Commission): Promise<number> {
  const { claim, plane, surroundings, interrupted } = commission;
  const deadline = Date.parse(claim.deadline);
  const outbox = createOutbox();
  const sender = startSender({ ...surroundings, outbox, report: plane.report, giveUpAt: deadline });
  const stop = new AbortController();
  let reason: Reason | undefined;
  const stopFor = (why: Reason): void => {
    reason ??= why;
    stop.abort();
  };
  const left = Math.max(0, deadline - surroundings.now());
  const cancel = surroundings.after(left - Math.min(FINAL_REPORT_MS, left / 4), () => stopFor("deadline"));
  const onInterrupt = (): void => stopFor("interrupted");
  interrupted.addEventListener("abort", onInterrupt, { once: true });
  if (interrupted.aborted) onInterrupt();
  void sender.ended.then((ending) => {
    if (ending === "unwanted" || ending === "given_up") stopFor(ending);
  });
  try {
    const outcome = await carryOut(commission, outbox, sender, stop.signal);
    const exitCode = await conclude(commission, { outbox, sender, outcome, reason, deadline });
    await outcome.afterwards(exitCode);
    return exitCode;
  } finally {
    cancel();
    interrupted.removeEventListener("abort", onInterrupt);
    sender.stop();
  }
}

interface Outcome {
  readonly finished: Finished;
  readonly exitCode: number;
}

interface BuildOutcome extends Outcome {
  /** Writes the last line of the log; `null`: the control plane says why it failed. */
  readonly announce: (() => void) | null;
  /** What is done when nobody waits for the build any more. Nothing depends on it. */
  readonly afterwards: (exitCode: number) => Promise<void>;
}

/** Clones, builds and pushes. Whatever goes wrong is in the outcome. */
async function carryOut(
  commission: Commission,
  outbox: Outbox,
  sender: Sender,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { claim, surroundings, redact, directory } = commission;
  const journal = createJournal({
    ...surroundings,
    redact,
    limit: largestLog,
    keep: (lines) => {
      outbox.add(lines);
      sender.wake();
    },
  });
  const { image } = claim;
  const checkout = join(directory, "source");
  const registry = openRegistry({ image, plane: commission.plane, surroundings, redact, signal });
  const preparation = prepareDocker({ ...surroundings, ...commission, registry, image });
  let args: readonly string[] = [];
  const afterwards = (exitCode: number): Promise<void> =>
    leaveCache(preparation, args, exitCode, surroundings.complain);
  try {
    await staged("cloning", () => cloneSource(commission, checkout, journal, outbox, signal));
    const { digest, steps } = await staged("building", async () => {
      const order = await orderBuild(commission, checkout, journal);
      const { builder, objection } = await preparation.ready();
      if (objection !== null) journal.system(objection);
      args = builder?.importing(order.args) ?? order.args;
      const job = { ...order, args, env: { ...registry.env, ...order.env } };
      return pushed(registry, () => build(commission, job, { journal, outbox, sender }, signal));
    });
    const announce = (): void => journal.system(`Pushed ${image.repository}:${image.tag} as ${digest}`);
    const finished: Finished = {
      outcome: "succeeded",
      stage: "building",
      code: null,
      message: null,
      exit_code: 0,
      image_digest: digest,
      steps,
    };
    return { finished, exitCode: 0, announce, afterwards };
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    const finished = { ...error.finished(), message: redact(error.message) };
    return { finished, exitCode: error.reporterExit, announce: null, afterwards };
  }
}

/** Once the digest is reported: no release waits for a cache, or fails of it. Of a build that was interrupted the machine goes away. */
async function leaveCache(
  preparation: Preparation,
  args: readonly string[],
  exitCode: number,
  complain: Surroundings["complain"],
) {
  const builder = await preparation.end();
  if (builder === null || exitCode === INTERRUPTED) return;
  const why = exitCode === 0 ? await builder.save(args) : null;
  if (why !== null) complain(`The cache of this build was not kept for later ones: ${why}.`);
  await builder.close();
}

async function cloneSource(
  { claim, surroundings, redact }: Commission,
  directory: string,
  journal: Journal,
  outbox: Outbox,
  signal: AbortSignal,
): Promise<void> {
  const { url, branch, commit } = claim.clone;
  journal.system(`Cloning ${url} at ${commit === "" ? `the head of ${branch}` : commit.slice(0, 12)}`);
  const { root_dir, dockerfile } = claim.build;
  const cloned = await clone({
    ...surroundings,
    source: claim.clone,
    needed: { directory: root_dir, file: dockerfile },
    directory,
    signal,
    redact,
    note: journal.system,
  });
  outbox.cloned(cloned);
  journal.system(`Checked out ${cloned.commit.slice(0, 12)}: ${cloned.message}`);
}

/** What is to be built, and how. */
interface BuildJob {
  /** What follows `docker`. */
  readonly args: readonly string[];
  readonly env: Surroundings["env"];
  readonly metadataFile: string;
  /** What the image is made on; empty: it is not known. */
  readonly base: string;
}

/** Judges the source against the settings, before docker is asked. Throws a {@link BuildFailure}. */
async function orderBuild(
  { claim: { build, image }, directory }: Commission,
  checkout: string,
  journal: Journal,
): Promise<BuildJob> {
  const source = await findSource(checkout, build);
  const dockerfile = await readFile(source.dockerfile, "utf8");
  for (const sentence of judgeDemands(dockerfile, build)) journal.system(sentence);
  const metadataFile = join(directory, "metadata.json");
  return { ...buildCommandOf({ source, build, image, metadataFile }), metadataFile, base: baseOf(dockerfile, build) };
}

interface Reporting {
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly sender: Sender;
}

function build(
  { claim, surroundings, redact }: Commission,
  job: BuildJob,
  { journal, outbox, sender }: Reporting,
  signal: AbortSignal,
): Promise<BuiltImage> {
  return buildImage({
    ...surroundings,
    ...job,
    signal,
    redact,
    platform: claim.build.platform,
    write: (lines) => {
      journal.write(lines);
      return sender.room(MAX_UNSENT, MAX_UNSENT_BYTES);
    },
    onStep: ({ number, of }: Step) => {
      outbox.step({ number, of });
      sender.wake();
    },
  });
}

/** Builds and pushes; where the login expired meanwhile, once more with a fresh one, for which docker has all steps in its cache. */
async function pushed(registry: Registry, build: () => Promise<BuiltImage>): Promise<BuiltImage> {
  if (registry.hasAged()) await registry.logIn();
  try {
    return await build();
  } catch (error) {
    if (!(error instanceof BuildFailure) || error.code !== "push_failed" || !registry.isExpired()) throw error;
    await registry.logIn();
    return build();
  }
}

const brokenOff: Readonly<Record<BuildStage, FailureCode>> = { cloning: "clone_failed", building: "build_failed" };

/** Whatever is thrown in a stage is a failure of that stage: a full disk, a directory that may not be read. */
async function staged<T>(stage: BuildStage, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BuildFailure) throw error;
    const code = brokenOff[stage];
    if ((error as NodeJS.ErrnoException).code === "ENAMETOOLONG") {
      const advice = "Use fewer or shorter directory and file names";
      throw new BuildFailure(
        stage,
        code,
        `The repository has a path that is too long for the build's machine. ${advice}.`,
      );
    }
    const said = error instanceof Error ? error.message : String(error);
    throw new BuildFailure(stage, code, `The build was interrupted: ${said.replace(/\.$/, "")}. Deploy again.`);
  }
}

/** Of what docker did until it was stopped, the steps. */
const timedOut = ({ finished: { steps } }: Outcome): Outcome => ({
  finished: {
    ...new BuildFailure(
      "building",
      "build_timed_out",
      "The build did not finish before its deadline. Speed it up, or check the log for what it waits for.",
    ).finished(),
    steps,
  },
  exitCode: 1,
});

/** Says the last word where someone still wants to hear it, and returns the exit code. */
async function conclude(
  { surroundings, interrupted }: Commission,
  about: {
    readonly outbox: Outbox;
    readonly sender: Sender;
    readonly outcome: BuildOutcome;
    readonly reason: Reason | undefined;
    readonly deadline: number;
  },
): Promise<number> {
  const { outbox, sender, outcome, reason, deadline } = about;
  const { after, now, complain } = surroundings;
  // In the same report as the outcome: a report waits for the one before.
  outcome.announce?.();
  if (reason === "interrupted") {
    await Promise.race([sender.idle(), pause(FLUSH_MS, after)]);
    return INTERRUPTED;
  }
  const { finished, exitCode } = reason === "deadline" ? timedOut(outcome) : outcome;
  outbox.finish(finished);
  sender.wake();
  const overdue = pause(Math.max(deadline - now(), 0), after, interrupted).then(() => "given_up" as const);
  const ending = await Promise.race([sender.ended, overdue]);
  if (ending === "sealed") return exitCode;
  if (interrupted.aborted) return INTERRUPTED;
  complain(
    ending === "unwanted"
      ? "The control plane no longer accepts this build."
      : "The control plane could not be sent the outcome before the build's deadline.",
  );
  return 1;
}

/** What must not be seen of an `Authorization` header: all of it, what follows the scheme, and a password within that. */
function credentialsOf(authorization: string | null): string[] {
  if (authorization === null) return [];
  const [scheme = "", credentials = ""] = authorization.split(/\s+(.*)/);
  const decoded = scheme.toLowerCase() === "basic" ? Buffer.from(credentials, "base64").toString() : "";
  return [authorization, credentials, decoded.slice(decoded.indexOf(":") + 1)];
}
