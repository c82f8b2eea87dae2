import { Agent, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Caller } from "./caller.ts";
import type { History } from "./history.ts";
import type { Installation } from "./installation.ts";
import type { Complain } from "./report.ts";
import { pageIn } from "./source.ts";

/** People who use an app all the time. */
export interface Visitors {
  /** From the first answer on, each request must be answered. */
  leave(): Promise<{ readonly asked: number; readonly excused: number; readonly longestRecovery: number }>;
}

export interface VisitParts {
  readonly installation: Installation;
  readonly caller: Caller;
  readonly history: History;
  readonly complain: Complain;
}

const betweenMs = 100;
/** As long as a load balancer waits. */
const answerMs = 60_000;
/** How long an app may take to serve again after the whole process was down, in milliseconds. */
const recoveryMs = 60_000;

/** Asks one app without pause, on a kept connection and on fresh ones by turns, quick pages and its slow one. */
export function visit(app: () => number, { installation, caller, history, complain }: VisitParts): Visitors {
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  let open = true;
  let asked = 0;
  let excused = 0;
  let longestRecovery = 0;
  let lastAnswer = Number.NEGATIVE_INFINITY;

  /** The process was down or stopped at some time during the request, or the app has not served since then. */
  const isExcused = (began: number, ended: number): boolean =>
    installation.outages.some(
      ({ from, to, why }) =>
        from <= ended && (to >= began || (why !== "stopped" && lastAnswer < to && ranBetween(to, ended) < recoveryMs)),
    );

  /** Milliseconds between two instants in which the process ran: what is stopped does not recover. */
  const ranBetween = (from: number, to: number): number => {
    const overlaps = installation.outages.map((one) => Math.min(one.to, to) - Math.max(one.from, from));
    return to - from - overlaps.reduce((sum, ms) => sum + Math.max(0, ms), 0);
  };

  const address = async (): Promise<URL | null> => {
    const answer = await caller.ask("GET", `/api/apps/${app()}`);
    const shown = answer.status === 200 ? answer.body.data : null;
    return shown?.live_deployment_id === null || shown === null ? null : new URL(shown.direct_url);
  };

  /** `null`: it is a page of a version that may answer. */
  const judgePage = (body: string): Failure | null => {
    const page = pageIn(body);
    if (page === null) return failed(`another program answered: ${body.slice(0, 200)}`);
    const kind = history.kindOf(page.version);
    // A load balancer whose targets are all unhealthy asks all of them, as on AWS: while what is live cannot be started again, too.
    return kind === undefined || kind === "good" ? null : { what: "a bad version got traffic", why: body };
  };

  const all = async (): Promise<void> => {
    let to: { app: number; url: URL } | null = null;
    let answeredBy = 0;
    for (let n = 0; open; n++) {
      if (to === null || to.app !== app()) {
        const url = await address();
        to = url === null ? null : { app: app(), url };
        if (answeredBy !== app()) lastAnswer = Number.NEGATIVE_INFINITY;
        await pause(betweenMs);
        continue;
      }
      const began = performance.now();
      const failure = await once(to.url, n % 2 === 0 ? kept : false, n % 10 === 9 ? "/slow" : "/", judgePage);
      const ended = performance.now();
      asked++;
      if (failure === null) {
        const outage = installation.outages.at(-1);
        if (outage !== undefined && lastAnswer < outage.to)
          longestRecovery = Math.max(longestRecovery, Math.round(ended - outage.to));
        lastAnswer = ended;
        answeredBy = to.app;
      } else if (isDeleted(to.app)) to = null;
      else {
        if (isExcused(began, ended)) excused++;
        else complain(failure.what, `${to.url}: ${failure.why}`);
        // Its port may be another one after a restart.
        to = null;
      }
      await pause(betweenMs);
    }
  };
  const isDeleted = (id: number): boolean => history.apps.some((one) => one.id === id && one.deleted);
  const done = all();
  return {
    leave: async () => {
      open = false;
      await done;
      kept.destroy();
      return { asked, excused, longestRecovery };
    },
  };
}

interface Failure {
  readonly what: string;
  readonly why: string;
}

const failed = (why: string): Failure => ({ what: "a request to a live app failed", why });

/** `null`: it was answered. */
function once(
  { hostname, port }: URL,
  agent: Agent | false,
  path: string,
  judgePage: (body: string) => Failure | null,
): Promise<Failure | null> {
  return new Promise((resolve) => {
    const request = get({ host: hostname, port, path, agent, timeout: answerMs }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      answer.once("end", () => {
        if (answer.statusCode !== 200) return resolve(failed(`${answer.statusCode} ${body.slice(0, 200)}`));
        resolve(judgePage(body));
      });
      answer.once("error", (error) => resolve(failed(error.message)));
    });
    request.once("timeout", () => request.destroy(new Error(`no answer in ${answerMs} ms`)));
    request.once("error", (error) => resolve(failed(error.message)));
  });
}
