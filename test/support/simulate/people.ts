import { ApiError } from "../../../lib/api/errors.ts";
import { handle } from "../../../lib/api/handle.ts";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { isTerminal } from "../../../lib/core/stage.ts";
import { deployPush } from "../../../lib/core/worker/deploy-push.ts";
import type { Move } from "./git.ts";
import { type Action, processChoices } from "./plan.ts";
import type { System } from "./system.ts";

/** A call of the API, and what came of it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  /** `null`: no answer came. */
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

const apiMs = 15_000;
const intakeMs = 10_000;
const admin = { id: "token#1", name: "ada", role: "admin", apps: null } as const;
const repositoryUrl = (app: number): string => `https://git.example.com/shop-${app}.git`;

/** People and Git hosts: what they ask of the API and of the webhook, and what they are answered. */
export class People {
  readonly asked: Asked[] = [];
  /** Which move of the branch each deployment by push stands for. */
  readonly moves = new Map<number, Move>();
  readonly #system: System;
  #keys = 0;
  #deliveries = 0;
  #open = 0;

  constructor(system: System) {
    this.#system = system;
    for (const action of system.plan.actions) system.scheduler.after(action.at, () => this.#act(action));
  }

  get isBusy(): boolean {
    return this.#open > 0;
  }

  /** What somebody does whose app is gone without a word: they deploy it once more. */
  deployAnew(app: number): void {
    this.#ask("PATCH", `/api/apps/${app}`, { approval: "none" });
    this.#open += 1;
    this.#system.scheduler.after(5000, () => {
      this.#open -= 1;
      this.#deploy(app, 0);
    });
  }

  #act({ act, app, dice }: Action): void {
    const rows = this.#rows(app);
    const some = (when: (row: Deployment) => boolean): Deployment | undefined => {
      const fitting = rows.filter(when);
      return fitting[Math.floor(dice * fitting.length)];
    };
    const on = (row: Deployment | undefined, ...verbs: readonly string[]): void => {
      if (row !== undefined) for (const verb of verbs) this.#ask("POST", `/api/deployments/${row.id}/${verb}`, {});
    };
    const any = () => true;
    const waits = ({ stage }: Deployment) => stage === "awaiting_approval";
    const isKept = ({ stage }: Deployment) => stage === "success";
    const isOver = ({ stage }: Deployment) => isTerminal(stage);
    const actions: Readonly<Record<Action["act"], () => void>> = {
      push: () => this.#push(app, 1 + Math.floor(dice * 3)),
      force_push: () => this.#forcePush(app, dice),
      deploy: () => this.#deploy(app, dice < 0.5 ? 1 : 0),
      deploy_twice: () => this.#deploy(app, 2),
      cancel: () => on(some((row) => !isOver(row)) ?? some(any), "cancel"),
      approve: () => on(some(waits) ?? some(any), "approve"),
      reject: () => on(some(waits), "reject"),
      approve_and_reject: () => on(some(waits), "approve", "reject"),
      rollback: () => on(some(isKept), "rollback"),
      rollback_and_push: () => {
        on(some(isKept), "rollback");
        this.#push(app, 1);
      },
      rollback_current: () => {
        const row = some(isKept);
        if (row !== undefined) this.#ask("POST", `/api/deployments/${row.id}/rollback`, { configuration: "current" });
      },
      redeploy: () => this.#ask("POST", `/api/apps/${app}/redeploy`, {}),
      promote: () => {
        const others = this.#system.rows.all().filter((row) => row.app_id !== app && isKept(row));
        const origin = others[Math.floor(dice * others.length)];
        if (origin !== undefined) this.#ask("POST", "/api/deployments", { appId: app, fromDeployment: origin.id });
      },
      retry: () => {
        const over = some((row) => isOver(row) && !isKept(row));
        on(over, "retry");
      },
      unpin: () => this.#ask("POST", `/api/apps/${app}/unpin`, {}),
      change: () => this.#ask("PATCH", `/api/apps/${app}`, changes[Math.floor(dice * changes.length)]),
      change_processes: () => this.#ask("PATCH", `/api/apps/${app}`, { processes: processInputs(dice) }),
      delete: () => this.#ask("DELETE", `/api/apps/${app}`, undefined),
      watch: () => {
        const row = some(any);
        if (row !== undefined) this.#system.viewers.watch(row.id, dice < 0.5);
      },
    };
    actions[act]();
  }

  #rows(app: number): readonly Deployment[] {
    return this.#system.rows.all().filter((row) => row.app_id === app);
  }

  #deploy(app: number, keyed: number): void {
    const key = keyed > 0 ? `key-${++this.#keys}` : null;
    this.#ask("POST", "/api/deployments", { appId: app }, key);
    if (keyed > 1) this.#ask("POST", "/api/deployments", { appId: app }, key);
  }

  #ask(method: string, path: string, body: unknown, key: string | null = null): void {
    const { scheduler, trace } = this.#system;
    const headers = key === null ? {} : { "idempotency-key": key };
    const text = body === undefined ? null : JSON.stringify(body);
    const request = {
      method,
      path,
      query: {},
      headers,
      body: text,
      principal: admin,
      csrf: null,
      address: "192.0.2.1",
    };
    this.#open += 1;
    const answered = (status: number | null, answer: unknown): void => {
      this.#open -= 1;
      trace.add(scheduler.time, "ada", () => `${method} ${path} → ${status ?? "no answer"}`);
      this.asked.push({ method, path, key, status, body: { ...(answer as object) } });
    };
    this.#system.start(
      "api",
      apiMs,
      () => answered(null, {}),
      async (actor) => {
        try {
          const answer = await handle(this.#system.apiDepsOf(actor), request);
          answered(answer.status, answer.body);
        } catch (error) {
          if (actor.dead || !(error instanceof ApiError)) throw error;
          answered(error.status, {});
        }
      },
    );
  }

  #push(app: number, commits: number): void {
    const repository = this.#system.repository(repositoryUrl(app));
    for (let commit = 0; commit < commits; commit++) this.#announce(app, repository.push());
  }

  #forcePush(app: number, dice: number): void {
    const repository = this.#system.repository(repositoryUrl(app));
    const isNew = repository.moves.length < 2;
    const back = (moves: readonly Move[]) => moves[Math.floor(dice * (moves.length - 1))] as Move;
    this.#announce(app, isNew ? repository.push() : repository.force(back));
  }

  /** The Git host announces a move once, perhaps late, perhaps twice, perhaps never. */
  #announce(app: number, move: Move): void {
    const { scheduler, faults, random, trace } = this.#system;
    trace.add(
      scheduler.time,
      "git",
      `app ${app}: ${move.before.slice(0, 4) || "nothing"} → ${move.commit.slice(0, 4)}`,
    );
    if (faults.happens("delivery_lost")) {
      trace.add(scheduler.time, "git", "does not announce it");
      return;
    }
    const delivery = `delivery-${++this.#deliveries}`;
    const late = () => random.between(0, faults.happens("delivery_delayed") ? 30_000 : 1000);
    const copies = faults.happens("delivery_doubled") ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#open += 1;
      scheduler.after(late(), () => this.#deliver(app, move, delivery, 1));
    }
  }

  #deliver(appId: number, move: Move, delivery: string, attempt: number): void {
    // A host does not deliver again by itself; people press the button for that.
    const again = (): void => {
      if (attempt < 3) this.#system.scheduler.after(20_000, () => this.#deliver(appId, move, delivery, attempt + 1));
      else this.#open -= 1;
    };
    this.#system.start("webhook", intakeMs, again, async (actor) => {
      const deps = this.#system.depsOf(actor);
      const app = await deps.apps.get(appId);
      if (app !== null && app.deleted_at === null) {
        const push = { branch: "main", before: move.before, commit: move.commit, message: "Change", actor: "grace" };
        const id = await deployPush(deps, app, { ...push, reason: null, delivery });
        if (!this.moves.has(id)) this.moves.set(id, move);
      }
      this.#open -= 1;
    });
  }
}

const processInputs = (dice: number) =>
  processChoices[Math.floor(dice * 100) % processChoices.length]?.map(({ name, command, instances, order }) => ({
    name,
    command,
    instances,
    order,
  }));

const changes = [
  { approval: "required" },
  { approval: "none" },
  { afterRollback: "hold" },
  { afterRollback: "resume" },
  { onNewPush: "cancel_running" },
  { strategy: { type: "rolling" } },
  { strategy: { type: "blue_green", bakeMinutes: 0 } },
  { env: { LEVEL: "debug" } },
  { env: {} },
  { secrets: { KEY: "one" } },
  { secrets: { KEY: "two", OTHER: "two" } },
  { secrets: { OTHER: null } },
];
