import { spawn } from "node:child_process";
import { basename } from "node:path";
import * as z from "zod";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import type { Processes } from "../processes/processes.ts";
import {
  asDigest,
  buildHostOf,
  imageNameOf,
  labelOf,
  layerLabelOf,
  repositoryOf,
  taskPrefixOf,
} from "./engine-names.ts";
import { SWEEP } from "./engine-sweep.ts";
import { createRemover, saysGone } from "./remover.ts";

export interface EngineKeeperOptions {
  readonly processes: Processes;
  /** The command of docker or podman. */
  readonly command: string;
  /** The command's whole environment, see `engineEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the images go as well when the local mode ends, since its data directory will be removed. */
  readonly isTemporary: boolean;
  /** Whether nothing of what is there is needed any more, since the data directory was removed. */
  readonly isFresh: boolean;
}

/** What the engine keeps for this data directory: it goes when nobody needs it, whatever way the local mode ends. */
export interface EngineKeeper extends LocalPart {
  /** Removes an image that no repository has any more. */
  removeImage(digest: string): void;
  /** The OCI configuration of an image as JSON; `undefined`: the engine does not have it. */
  imageConfig(digest: string): Promise<string | undefined>;
  /** Removes what killed builds left, and all images but these. Only while no build runs. */
  tidy(kept: ReadonlySet<string>): void;
}

/**
 * Reads until its input ends, which the kernel sees to however the writer died, and then sweeps: a killed command leaves its
 * container running. What was being made at that moment appears a little later, hence the further sweeps.
 */
const GUARD = `${SWEEP}
trap '' HUP INT TERM QUIT PIPE
read -r word && [ "$word" = closed ] && exit
for pause in 1 3 0; do
  sweep_builds "$1" "$3"
  sweep_tasks "$1" "$2" "$4"
  sweep_agent "$1"
  sleep "$pause"
done
`;

/** Older steps of builds go at the start: what is built at all is built more often. */
const LAYER_HOURS = 7 * 24;

const LIST_TRIES = 5;

/** Both say it in an order of their own, and podman the health check beside the rest. */
const CONFIG = "[{{json .Config}}, {{json .Architecture}}, {{json .Os}}, ";
const IMAGE_CONFIG: Readonly<Record<string, string>> = {
  docker: `${CONFIG}null]`,
  podman: `${CONFIG}{{json .HealthCheck}}]`,
};

function configOf(said: string): string {
  const [config, architecture, os, healthcheck] = inspected.parse(JSON.parse(said));
  const checked = healthcheck === null ? config : { ...config, Healthcheck: healthcheck };
  return JSON.stringify({ architecture, os, config: checked });
}

const inspected = z.tuple([z.looseObject({}), z.string(), z.string(), z.unknown()]);

/** Keeps the engine of a local mode clean. Its `close` comes after that of everything that builds or runs. */
export function createEngineKeeper(context: LocalContext, options: EngineKeeperOptions): EngineKeeper {
  const { processes, command, env, isTemporary } = options;
  const { dataDir } = context;
  const repository = repositoryOf(dataDir);
  const about = [command, labelOf(dataDir).join("="), buildHostOf(dataDir), taskPrefixOf(dataDir)];
  let guard: ReturnType<typeof startGuard> | undefined;
  let last: Promise<void> = Promise.resolve();

  /** `said` is what it wrote to either stream. */
  const run = async (args: readonly string[], program = command) => {
    let [output, said] = ["", ""];
    const onOutput = (chunk: Buffer, stream: "stdout" | "stderr"): void => {
      said += chunk.toString();
      if (stream === "stdout") output += chunk.toString();
    };
    const { code } = await processes.spawn(program, args, { env, onOutput }).exited;
    return { code, output, said };
  };

  /** One thing after the other. */
  const later = (work: () => Promise<unknown>): Promise<void> => {
    last = last.then(work).then(
      () => undefined,
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        context.log("engine", { level: "ERROR", message });
      },
    );
    return last;
  };

  const removeImage = createRemover(context.clock, async (name) => {
    let isGone = false;
    await later(async () => {
      const { code, said } = await run(["rmi", name]);
      isGone = code === 0 || saysGone(said);
    });
    return isGone;
  });

  const sweepBuilds = () => run(["-c", `${SWEEP}sweep_builds "$1" "$3"`, "sh", ...about], "/bin/sh");
  const sweep = () =>
    run(
      ["-c", `${SWEEP}sweep_builds "$1" "$3"; sweep_tasks "$1" "$2" "$4"; sweep_agent "$1"`, "sh", ...about],
      "/bin/sh",
    );

  /** Podman fails where an image goes away while it lists them. */
  const list = async (args: readonly string[]): Promise<string> => {
    for (let tries = 1; tries <= LIST_TRIES; tries++) {
      const { code, output } = await run(args);
      if (code === 0) return output;
    }
    return "";
  };

  const removeImagesBut = async (kept: ReadonlySet<string>): Promise<void> => {
    const format = "{{.ID}} {{.Repository}}:{{.Tag}}";
    const listed = await list(["images", "--no-trunc", "--filter", `reference=${repository}`, "--format", format]);
    const names = listed
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" "))
      .filter(([id = "", name = ""]) => !(kept.has(asDigest(id)) && name === imageNameOf(dataDir, asDigest(id))))
      .flatMap(([, name = ""]) => name);
    if (names.length > 0) await run(["rmi", ...names]);
  };

  /** Podman keeps the steps of builds as images without names, for later builds. Docker has a cache of its own, and limits it. */
  const removeLayers = async (...filters: readonly string[]): Promise<void> => {
    if (basename(command) !== "podman") return;
    const only = [`label=${layerLabelOf(dataDir)}`, ...filters].flatMap((filter) => ["--filter", filter]);
    await run(["image", "prune", "--force", ...only]);
  };
  let isFresh = options.isFresh;

  return {
    services: [],
    providers: [],
    removeImage: (digest) => void removeImage(imageNameOf(dataDir, digest)),
    imageConfig: async (digest) => {
      const inspected = await run([
        "image",
        "inspect",
        "--format",
        IMAGE_CONFIG[basename(command)] ?? "",
        imageNameOf(dataDir, digest),
      ]);
      return inspected.code === 0 ? configOf(inspected.output) : undefined;
    },
    tidy: (kept) =>
      void later(async () => {
        await sweepBuilds();
        await removeImagesBut(kept);
        if (isFresh) await removeLayers();
        isFresh = false;
      }),
    start: async () => {
      guard = startGuard(options, about);
      await later(sweep);
      await later(() => removeLayers(`until=${LAYER_HOURS}h`));
    },
    close: async () => {
      await later(sweep);
      if (isTemporary) {
        await later(() => removeImagesBut(new Set()));
        await later(() => removeLayers());
      }
      await guard?.close();
    },
  };
}

/** A process that sweeps when this one ends without having closed it, even by SIGKILL. */
function startGuard({ env }: EngineKeeperOptions, about: readonly string[]): { close(): Promise<void> } {
  const stdio: ["pipe", "ignore", "ignore"] = ["pipe", "ignore", "ignore"];
  const shell = spawn("/bin/sh", ["-c", GUARD, "sh", ...about], { detached: true, stdio, env: { ...env } });
  const exited = new Promise<void>((resolve) => {
    shell.once("close", () => resolve());
    shell.once("error", () => resolve());
  });
  // A guard that was killed cannot be written to; there is no other way to know.
  shell.stdin.on("error", () => shell.stdin.destroy());
  return {
    close: async () => {
      shell.stdin.end("closed\n");
      await exited;
    },
  };
}
