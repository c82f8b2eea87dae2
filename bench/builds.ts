import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiAt } from "../test/support/api.ts";
import { healthyApp } from "../test/support/apps.ts";
import { ends, registerApp } from "../test/support/deploying.ts";
import { eventually, removeDirectory, startLocalMode } from "../test/support/local-mode.ts";
import { type Measurement, summary } from "./measurement.ts";

/**
 * Times first and second builds, each against the same build by the engine's own command with the same cache in the same run:
 * `node bench/builds.ts [repetitions]`, or where there is no engine `test/engines/machine/enter docker node bench/builds.ts`.
 * The app has a step as long as an installation of dependencies, before its files, and one after them: a short one, in which all
 * that is not the engine's shows, or one that takes as long as many a compiler.
 */

const repetitions = Number(process.argv[2] ?? 3);
const dependencies = "head -c 60000000 /dev/urandom > /dependencies && sleep 12";

const compiling = "sleep 6";

const filesOf = (version: string, step = "true"): Record<string, string> => ({
  ...healthyApp(version),
  Dockerfile: [
    "FROM node:24-alpine",
    "WORKDIR /app",
    `RUN ${dependencies}`,
    "COPY . .",
    `RUN ${step} && node --check server.mjs && cp server.mjs built.mjs`,
    'CMD ["node", "built.mjs"]',
    "",
  ].join("\n"),
});

const local = await startLocalMode({ heap: "small" });
const api = apiAt(local.url);
const app = await registerApp(api, filesOf("0"), { name: "bench", healthCheckPath: "/healthz" });
/** As the screen of a start names it; `none` is the host. */
const shown = await eventually("the screen names the engine", () => /^ *Engine +(\w+):/m.exec(local.output())?.[1]);
const engine = shown === "none" ? "host" : shown;

interface Timed {
  /** Milliseconds from one stage to another. */
  between(from: string, to: string): number;
}

async function deployed(body: object = {}): Promise<Timed> {
  const asked = await api.post("/api/deployments", { appId: app.id, ...body });
  const { stage, error_message, timeline } = await ends(api, asked.body.id);
  if (stage !== "success") throw new Error(`The deployment failed: ${error_message}`);
  const enteredAt = (name: string): number =>
    Date.parse(timeline.find((entry: { stage: string }) => entry.stage === name).entered_at);
  return { between: (from, to) => enteredAt(to) - enteredAt(from) };
}

/** The engine's own command on the same files; `undefined`: there is none. */
function plainly(...flags: readonly string[]): number | undefined {
  if (engine === "host") return undefined;
  const command = engine === "docker" ? ["buildx", "build", "--load", "--provenance=false"] : ["build"];
  const before = performance.now();
  execFileSync(engine, [...command, ...flags, "--tag", "slipway-bench", app.repository.path], { stdio: "ignore" });
  return performance.now() - before;
}

const times = {
  cold: [],
  warm: [],
  reused: [],
  compiled: [],
  plainCold: [],
  plainWarm: [],
  plainCompiled: [],
} as Record<string, number[]>;
const note = (name: string, value: number | undefined): void => {
  if (value !== undefined) times[name]?.push(value);
};
try {
  for (let n = 1; n <= repetitions; n++) {
    app.repository.commit(filesOf(`cold ${n}`), "Another version");
    note("plainCold", plainly("--no-cache"));
    note("cold", (await deployed({ buildCache: false })).between("building", "deploying"));
    app.repository.commit(filesOf(`warm ${n}`), "One line");
    note("warm", (await deployed()).between("building", "deploying"));
    app.repository.commit(filesOf(`plainly warm ${n}`), "One line");
    note("plainWarm", plainly());
    app.repository.commit(filesOf(`warm ${n}`), "Back to what was built");
    note("reused", (await deployed()).between("cloning", "deploying"));
    app.repository.commit(filesOf(`compiled ${n}`, compiling), "One line of what is compiled");
    note("compiled", (await deployed()).between("building", "deploying"));
    app.repository.commit(filesOf(`plainly compiled ${n}`, compiling), "One line of what is compiled");
    note("plainCompiled", plainly());
  }
} finally {
  await local.stop();
  if (engine !== "host") execFileSync(engine, ["rmi", "--force", "slipway-bench"], { stdio: "ignore" });
  removeDirectory(local.data);
  removeDirectory(app.repository.path);
}

const of = (name: string): number[] => times[name] ?? [];
const measurements: Measurement[] = [
  summary("a build with a warm cache, one line changed", of("warm"), {
    name: "the same without a cache",
    values: of("cold"),
  }),
  summary("cloning to deploying, nothing changed", of("reused"), {
    name: "a build without a cache",
    values: of("cold"),
  }),
  ...(engine === "host"
    ? []
    : [
        summary("a build without a cache", of("cold"), { name: `${engine}'s own command`, values: of("plainCold") }),
        summary("a build with a warm cache", of("warm"), { name: `${engine}'s own command`, values: of("plainWarm") }),
        summary("a build with a warm cache that compiles for 6 s", of("compiled"), {
          name: `${engine}'s own command`,
          values: of("plainCompiled"),
        }),
      ]),
];
console.table(measurements);
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `builds-${engine}.json`), `${JSON.stringify(measurements, null, 2)}\n`);
