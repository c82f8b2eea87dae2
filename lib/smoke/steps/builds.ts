import { type App, watchDeployment } from "@slipway/monitor/client";
import { answers, appWith, deleted, deployed, endOf, followed, says, succeeded, version } from "./apps.ts";
import { expectThat } from "./expect.ts";
import { delivered } from "./push.ts";
import { abortable, type SmokeStep, type StepDeps } from "./step.ts";

const buildsApp = (deps: StepDeps, settings = {}): Promise<App> => appWith(deps, "builds", settings);

export const builds: readonly SmokeStep[] = [
  {
    name: "long-log",
    phase: "builds",
    minutes: 7,
    needs: null,
    expects:
      "A build prints 50,000 lines in one step, more than 2 MiB. The socket is cut in the middle; the client resumes, and has every line once and in order, as the API has.",
    run: async (deps) => {
      const { client, sockets } = await deps.session();
      const { logLines } = deps;
      const buildArgs = { LINES: String(logLines) };
      const app = await buildsApp(deps, { ...version("builds"), dockerfile: "Dockerfile.chatty", buildArgs });
      const { id } = await client.createDeployment({ appId: app.id }, `${deps.name}-long-log`);
      const watch = watchDeployment(client, id);
      let isCut = false;
      const leave = watch.subscribe(() => {
        // In the middle, wherever that is.
        if (isCut || watch.getSnapshot().lines.length < logLines / 10) return;
        isCut = true;
        sockets.cut(id);
      });
      try {
        const watched = await abortable(watch.finished, deps.signal);
        const end = succeeded(watched);
        const seen = numbersIn(watched.lines);
        expectThat(isWhole(seen, logLines), `The socket carried ${seen.length} of ${logLines} lines, or not in order.`);
        const kept = numbersIn(await wholeLog(deps, id));
        expectThat(isWhole(kept, logLines), `The API has ${kept.length} of ${logLines} lines, or not in order.`);
        expectThat(sockets.opened(id) > 1, "The socket was not opened again after it was cut.");
        return `Deployment ${id} succeeded in ${end.duration} s. ${seen.length} lines came over ${sockets.opened(id)} sockets, each once and in order.`;
      } finally {
        leave();
      }
    },
  },
  {
    name: "broken-build",
    phase: "builds",
    minutes: 2,
    needs: null,
    expects: "A build that breaks fails with the exit code of its command, and the earlier release goes on serving.",
    run: async (deps) => {
      const app = await buildsApp(deps, { dockerfile: "Dockerfile.broken", buildArgs: {} });
      const watched = await deployed(deps, app, "broken-build");
      const end = endOf(watched);
      const came = `Deployment ${end.id} ended as ${end.stage} in ${end.failed_stage} with exit code ${end.exit_code} (${end.error_code}): ${end.error_message}`;
      expectThat(end.stage === "failed" && end.failed_stage === "building" && end.exit_code === 7, came);
      expectThat(says(watched, "this build breaks on purpose"), "The log has no output of the command that failed.");
      await answers(deps, app, "200 version builds of build chatty");
      return came;
    },
  },
  {
    name: "webhook",
    phase: "builds",
    minutes: 3,
    needs: "webhook secret",
    expects:
      "A signed push is deployed, once; delivered again it names the same deployment; with a wrong signature it gets 401.",
    run: async (deps) => {
      const app = await buildsApp(deps, { ...version("webhook"), dockerfile: "Dockerfile", autoDeploy: true });
      const wrong = await delivered(deps, app, "wrong");
      expectThat(wrong.status === 401, `A push with a wrong signature got ${wrong.status}.`);
      const ids = [];
      for (const nth of ["first", "second"]) {
        const { status, id } = await delivered(deps, app, null);
        expectThat(status === 202 && id !== null, `The ${nth} delivery got ${status}, and the deployment ${id}.`);
        ids.push(id ?? 0);
      }
      const [id = 0, again] = ids;
      expectThat(id === again, `The second delivery named deployment ${again}, the first ${id}.`);
      const end = succeeded(await followed(deps, id));
      expectThat(end.trigger === "webhook", `The deployment was triggered by ${end.trigger}.`);
      await answers(deps, app, "200 version webhook of build 1");
      return `Deployment ${id} of the push succeeded in ${end.duration} s; it was delivered twice and made once.`;
    },
  },
  {
    name: "delete-app",
    phase: "builds",
    minutes: 3,
    needs: null,
    expects: "A deleted app goes, and nobody answers at its address any more.",
    run: async (deps) => {
      const seconds = await deleted(deps, "builds");
      return `Nobody answered at the app's address after ${seconds} s.`;
    },
  },
];

interface Numbered {
  readonly line: string;
}

/** The numbers of the lines that the app's build prints. */
const numbersIn = (lines: readonly Numbered[]): number[] =>
  lines.flatMap(({ line }) => {
    const number = /^smoke line (\d+) -/.exec(line)?.[1];
    return number === undefined ? [] : [Number(number)];
  });

const isWhole = (numbers: readonly number[], count: number): boolean =>
  numbers.length === count && numbers.every((number, index) => number === index + 1);

async function wholeLog({ session, signal }: StepDeps, id: number): Promise<Numbered[]> {
  const { client } = await session();
  const lines: Numbered[] = [];
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await client.readLog(id, { after, limit: 5000 });
    lines.push(...page.lines);
    if (page.complete || page.lines.length === 0) return lines;
    after = page.next;
  }
}
