import { configurationText, releasedSettings } from "../../../lib/core/configuration/configuration.ts";
import { secretParameters } from "../../../lib/core/configuration/secret-parameter.ts";
import { type Deployment, isOpen, isRollback } from "../../../lib/core/deployment/deployment.ts";
import { isTerminal } from "../../../lib/core/stage.ts";
import type { People } from "./people.ts";
import type { System } from "./system.ts";

type Check = (system: System, people: People) => readonly string[] | Promise<readonly string[]>;

const isPush = (row: Deployment): boolean => row.trigger === "webhook";
const describe = (row: Deployment): string => `deployment ${row.id} (${row.trigger}, ${row.stage})`;

/** Everything that must be true once all is quiet. Each answers what is wrong, in sentences. */
const checks = {
  nothingIsUnfinished: ({ rows }) =>
    rows
      .all()
      .filter((row) => isOpen(row) || row.next_poll_at !== null)
      .map((row) => `${describe(row)} is not over: ${row.outbox.map(({ type }) => type).join(", ")}.`),

  lanesAndSlotsAreFree: async ({ lanes, buildSlots, plan, codeBuild }) => {
    const taken = await Promise.all(plan.apps.map((_, index) => lanes.get(index + 1)));
    const { running, waiting } = await buildSlots.get();
    return [
      ...taken.flatMap((lane, index) =>
        [lane.running, lane.waiting, lane.rollback].some((id) => id !== null)
          ? [`The lane of app ${index + 1} is not free: ${JSON.stringify(lane)}.`]
          : [],
      ),
      ...(running.length + waiting.length > 0
        ? [`Slots of builds are taken: ${JSON.stringify({ running, waiting })}.`]
        : []),
      ...codeBuild.running().map(({ id }) => `Build ${id} runs on.`),
    ];
  },

  whatServesIsWhatSucceededLast: async ({ ecs, apps, plan, rows, served }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const id = index + 1;
      const app = await apps.get(id);
      const serving = ecs.serving(id);
      const last = served.findLast((one) => rows.get(one)?.app_id === id) ?? null;
      const loose = ecs.loose(id);
      if (app === null)
        return [
          ...(serving === null ? [] : [`The removed app ${id} serves ${serving}.`]),
          ...(loose === null ? [] : [`Of the removed app ${id} something is left: ${loose}.`]),
        ];
      return [
        ...(serving === last ? [] : [`App ${id} serves ${serving}, but ${last} succeeded last.`]),
        ...(app.live_deployment_id === last
          ? []
          : [`App ${id} says that ${app.live_deployment_id} is live, but ${last} succeeded last.`]),
        ...(loose === null ? [] : [`The service of app ${id}: ${loose}.`]),
      ];
    });
    return (await Promise.all(complaints)).flat();
  },

  processesRunWhatIsLive: async ({ ecs, apps, plan, rows }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const id = index + 1;
      const live = (await apps.get(id))?.live_deployment_id ?? null;
      const wanted = live === null ? [] : (rows.get(live)?.settings.processes ?? []).map(({ name }) => name);
      const running = ecs.processes.running(id);
      return [
        ...wanted.filter((name) => !running.has(name)).map((name) => `The process ${name} of app ${id} does not run.`),
        ...[...running].flatMap(([name, deployments]) =>
          wanted.includes(name) && deployments.every((one) => one === live)
            ? []
            : [`The process ${name} of app ${id} runs ${deployments.join(", ")}, and ${live} is live.`],
        ),
      ];
    });
    return (await Promise.all(complaints)).flat();
  },

  taskDefinitionsHaveAnOwner: async ({ ecs, apps, plan, rows, records, hasJumped }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const id = index + 1;
      const kept = (await apps.get(id)) === null ? [] : await records.list(id);
      const named = kept.flatMap(({ deployment_id }) => {
        const row = rows.get(deployment_id);
        return [row?.release?.task_definition ?? [], Object.values(row?.processes?.task_definitions ?? {})].flat();
      });
      const active = ecs.active(id);
      const owned = [...named, ...ecs.inUse(id)];
      const left = active.filter((one) => !owned.includes(one));
      return [
        // Under a clock that jumps nobody may wait until ECS has put back what was before. The next release gives it up.
        ...(hasJumped ? [] : left.map((one) => `Nobody needs ${one}, and it is active.`)),
        ...owned.filter((one) => !active.includes(one)).map((one) => `${one} was given up, and is needed.`),
      ];
    });
    return (await Promise.all(complaints)).flat();
  },

  secretsAreThereForAsLongAsTheyAreNamed: async ({ apps, plan, rows, records, secrets, lostSecrets, hasJumped }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const id = index + 1;
      const app = await apps.get(id);
      const stored = (await secrets.stored(id)).map(({ name }) => name);
      if (app === null) return stored.map((name) => `The removed app ${id} has the secret ${name}.`);
      const ids = [...(await records.list(id)).map(({ deployment_id }) => deployment_id), app.live_deployment_id ?? 0];
      const releases = ids.flatMap((one) => rows.get(one)?.settings ?? []);
      const named = new Set([app.settings, ...releases].flatMap(secretParameters));
      const gone = [...named].filter((name) => !stored.includes(name));
      const left = stored.filter((name) => !named.has(name));
      return [
        // Whoever writes under a clock that jumps may seem to have done so long ago.
        ...(hasJumped ? [] : gone.map((name) => `The secret ${name} of app ${id} is named and not there.`)),
        ...(lostSecrets.has(id) ? [] : left.map((name) => `Nobody names the secret ${name} of app ${id}.`)),
      ];
    });
    return (await Promise.all(complaints)).flat();
  },

  configurationsHaveOneNumber: ({ rows }) => {
    const numbered = rows.all().filter(({ configuration }) => configuration !== null);
    const of = (row: Deployment) => `${row.app_id} ${configurationText(row.settings)}`;
    const unnumbered = rows
      .all()
      .filter(
        ({ configuration, timeline }) =>
          configuration === null && timeline.some(({ stage }) => stage === "cloning" || stage === "deploying"),
      );
    return [
      ...unnumbered.map((row) => `The configuration of ${describe(row)} has no number.`),
      ...numbered.flatMap((row) =>
        numbered
          .filter((other) => other.app_id === row.app_id && other.id > row.id)
          .filter((other) => (of(row) === of(other)) !== (row.configuration === other.configuration))
          .map((other) => `The configurations of ${row.id} and ${other.id} are numbered wrongly.`),
      ),
    ];
  },

  whatIsLiveIsWhatItsAppSays: async ({ apps, plan, rows }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const app = await apps.get(index + 1);
      const live = app?.live_deployment_id == null ? undefined : rows.get(app.live_deployment_id);
      if (!app || live === undefined) return [];
      const isSame = JSON.stringify(app.live_settings) === JSON.stringify(releasedSettings(live.settings));
      return isSame ? [] : [`App ${app.id} says that another configuration is live than that of ${describe(live)}.`];
    });
    return (await Promise.all(complaints)).flat();
  },

  appsHaveOneListener: async ({ surroundings, apps, plan }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const ports = surroundings.ports(index + 1);
      const most = (await apps.get(index + 1)) === null ? 0 : 1;
      return ports.length <= most ? [] : [`App ${index + 1} has ${ports.length} listeners: ${ports.join(", ")}.`];
    });
    return (await Promise.all(complaints)).flat();
  },

  theNewestWins: (system, people) => {
    const { rows, served } = system;
    return served.flatMap((id, index) => {
      const row = rows.get(id);
      const before = served.slice(0, index).findLast((one) => rows.get(one)?.app_id === row?.app_id);
      const earlier = before === undefined ? undefined : rows.get(before);
      if (row === undefined || earlier === undefined) return [];
      return isOlder(system, people, row, earlier)
        ? [`The older ${describe(row)} was released after ${describe(earlier)}.`]
        : [];
    });
  },

  onlyTheNewerSupersede: (system, people) =>
    system.rows.all().flatMap((row) => {
      const by = /^Replaced by the newer deployment (\d+)/.exec(row.stage === "superseded" ? row.message : "")?.[1];
      const newer = by === undefined ? undefined : system.rows.get(Number(by));
      if (newer === undefined) return [];
      if (isRollback(row) && isPush(newer)) return [`The rollback ${row.id} was superseded by the push ${newer.id}.`];
      return isOlder(system, people, newer, row)
        ? [`The newer ${describe(row)} was superseded by the older ${describe(newer)}.`]
        : [];
    }),

  theHeadIsDealtWith: async ({ apps, plan, marks, repositories, rows }) => {
    const complaints = plan.apps.map(async (_, index) => {
      const app = await apps.get(index + 1);
      const mark = await marks.get(index + 1);
      if (app === null || mark === null) return [];
      const head = repositories.get(app.settings.repo_url)?.head ?? "";
      const isKnown = rows.all().some((row) => row.app_id === app.id && row.commit_hash === head);
      return isKnown ? [] : [`The head ${head.slice(0, 4)} of app ${app.id} was deployed by nobody.`];
    });
    return (await Promise.all(complaints)).flat();
  },

  linesAreAllThereOnce: ({ rows, log }) =>
    rows.all().flatMap((row) => {
      const lines = log.lines(row.id).map(({ line }) => line);
      const own = lines.filter((line) => !line.startsWith("build "));
      const builds = lines.filter((line) => line.startsWith("build "));
      return [
        ...(own.length === row.lines ? [] : [`${describe(row)} says ${row.lines} lines, ${own.length} are stored.`]),
        ...(new Set(builds).size === builds.length ? [] : [`${describe(row)} has a line of its build twice.`]),
        ...(isInOrder(builds) ? [] : [`${describe(row)} lacks a line of its build: ${builds.join("")}`]),
      ];
    }),

  viewersSawAll: ({ viewers, log }) => viewers.complaints((id) => log.lines(id).map(({ cursor }) => cursor)),

  racesHaveOneWinner: (_system, { asked }) => {
    const decided = asked.filter(({ path, status }) => /(approve|reject)$/.test(path) && status === 200);
    const names = decided.map(({ path }) => path.replace(/(approve|reject)$/, ""));
    return names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `Two who approved or rejected ${name} were both answered that they did.`);
  },

  keysAreHonoured: (_system, { asked }) => {
    const keyed = Map.groupBy(
      asked.filter(({ key, status }) => key !== null && status !== null && status < 300),
      ({ key }) => key,
    );
    return [...keyed].flatMap(([key, all]) => {
      const ids = new Set(all.map(({ body }) => body.id));
      return ids.size === 1 ? [] : [`The key ${key} led to the deployments ${[...ids].join(" and ")}.`];
    });
  },

  metricsAreARecount: ({ outcomes, rows }) =>
    rows.all().flatMap((row) => {
      const counted = outcomes.get(row.id)?.stage ?? null;
      const is = row.stage === "success" || row.stage === "failed" ? row.stage : null;
      return counted === is ? [] : [`The metrics count ${describe(row)} as ${counted}.`];
    }),

  theAuditLogIsComplete: ({ audit }, { asked }) => {
    const actions = Map.groupBy(
      asked.filter(({ method }) => method !== "GET"),
      ({ path, method }) => actionOf(method, path),
    );
    return [...actions].flatMap(([action, calls]) => {
      const entries = audit.filter(
        (entry) => `${entry.action} ${action.split(" ")[1]}` === action && isOf(entry, action),
      ).length;
      const done = calls.filter(({ status }) => status === 200 || status === 201 || status === 202);
      const fresh = done.filter(
        ({ status, method, path }) => !(method === "POST" && path === "/api/deployments" && status === 200),
      );
      const unknown =
        calls.length - calls.filter(({ status }) => status !== null).length + (done.length - fresh.length);
      // Cancelling again is answered like the first time, and does nothing new.
      const least = action.startsWith("deployment.cancel") ? 0 : fresh.length;
      const isRight = entries >= least && entries <= fresh.length + unknown;
      return isRight ? [] : [`The audit log has ${entries} entries for ${fresh.length} times ${action}.`];
    });
  },

  whatTookEffectIsInTheAuditLogOnce: ({ audit, rows, log }) =>
    rows.all().flatMap((row) => {
      const lines = log.lines(row.id).map(({ line }) => line);
      const said = (what: string): number => lines.filter((line) => line.startsWith(what)).length;
      const recorded = (action: string): number =>
        audit.filter((entry) => entry.deployment_id === row.id && entry.action === `deployment.${action}`).length;
      const found = {
        approve: [said("Approved by ada"), recorded("approve")],
        reject: [said("Rejected by ada"), recorded("reject")],
        // A rollback cancels what runs in the name of who asked for it: that is in the audit log as the rollback.
        ...(rows.all().some((other) => other.app_id === row.app_id && isRollback(other))
          ? {}
          : { cancel: [said("Cancellation requested by ada"), recorded("cancel")] }),
      };
      return Object.entries(found)
        .filter(([, [took, entries]]) => took !== entries)
        .map(
          ([what, [took, entries]]) => `The audit log has ${entries} times ${what} of ${describe(row)}, not ${took}.`,
        );
    }),

  whatWasAnsweredIsThere: ({ rows }, { asked }) =>
    asked
      .filter(({ status, body }) => status === 201 && typeof body.id === "number" && rows.get(body.id) === undefined)
      .map(({ body }) => `Deployment ${body.id} was answered, and is not there.`),
} as const satisfies Readonly<Record<string, Check>>;

const actionOf = (method: string, path: string): string => {
  const [, kind, id = "", verb] = /^\/api\/(app|deployment)s(?:\/(\d+))?(?:\/(\w+))?$/.exec(path) ?? [];
  const done = verb ?? { POST: "create", PATCH: "change", DELETE: "delete" }[method];
  return `${kind}.${done} ${id}`;
};

function isOf(
  entry: { app_id: number | null; deployment_id: number | null; details: Readonly<Record<string, unknown>> },
  action: string,
): boolean {
  const id = action.split(" ")[1] ?? "";
  if (id === "") return true;
  const of = action.startsWith("app.") ? entry.app_id : (entry.details.of ?? entry.deployment_id);
  return String(of) === id;
}

/**
 * Whether somebody meant `row` to come before `other`: two pushes by the branch, a push and a request by number where the
 * branch does not say otherwise. Of two pushes that are both outdated while more is on its way nobody knows which came
 * last, and without the Git host numbers decide.
 */
function isOlder({ repositories, gitFailed }: System, { moves }: People, row: Deployment, other: Deployment): boolean {
  if (isRollback(row) && isPush(other)) return false;
  if (isRollback(row) || isRollback(other) || !(isPush(row) || isPush(other))) return row.id < other.id;
  const repository = repositories.get(row.settings.repo_url);
  const positionOf = ({ id, commit_hash, pushed_from }: Deployment): number =>
    moves.get(id)?.position ?? repository?.positionOf(commit_hash, pushed_from) ?? -1;
  const [position, than] = [positionOf(row), positionOf(other)];
  if (position >= than) return false;
  // Of a commit at which the branch was twice, its hash does not say which time is meant.
  if (repository?.wentBack && [row, other].some(({ id }) => !moves.has(id))) return false;
  if (row.id < other.id && !(isPush(row) && isPush(other))) return true;
  const isHead = than === (repository?.moves.length ?? 0) - 1;
  // Where the branch was at one commit twice, "goes on from it" does not say from which time; the next poll at it repairs that.
  return isPush(row) && isPush(other) && isHead && !gitFailed && !repository?.wentBack;
}

function isInOrder(lines: readonly string[]): boolean {
  const last = new Map<string, number>();
  return lines.every((line) => {
    const [, attempt = "", number = ""] = /^build (\d+) line (\d+)/.exec(line) ?? [];
    const expected = (last.get(attempt) ?? 0) + 1;
    last.set(attempt, Number(number));
    return Number(number) === expected;
  });
}

export const isQuiet = ({ rows, codeBuild, viewers }: System): boolean =>
  rows.all().every((row) => !isOpen(row) && isTerminal(row.stage)) &&
  codeBuild.running().length === 0 &&
  !viewers.isWaiting();

/** What is wrong once all is quiet. */
export async function complaintsAtTheEnd(system: System, people: People): Promise<readonly string[]> {
  const found: string[] = [];
  for (const check of Object.values<Check>(checks)) found.push(...(await check(system, people)));
  return found;
}
