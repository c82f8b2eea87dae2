import { setTimeout as pause } from "node:timers/promises";
import { stages, terminalStages } from "@slipway/monitor/stages";
import { type Asking, type AskingParts, registerApp } from "./asking.ts";
import type { Asked, KnownApp } from "./history.ts";
import type { Act, Meanwhile, PlannedApp } from "./plan.ts";

/** The team of one app. */
export interface Actor {
  readonly name: string;
  readonly acts: readonly Act[];
  /** The app as it is registered at the moment. */
  app(): KnownApp;
  /** Carries out one act, and waits until everything of the app has ended. */
  act(act: Act): Promise<void>;
  /** Where its repositories lie, to be removed. */
  paths(): readonly string[];
}

const terminal: readonly string[] = terminalStages;
const order: readonly string[] = stages;
const pollMs = 300;
/** Polls while somebody answers: a deployment that takes longer than this stands still. */
const mostPolls = 1000;

/** Registers the app of a plan, and answers who acts on it. */
export async function createActor({ name, settings, acts }: PlannedApp, parts: AskingParts): Promise<Actor> {
  const { caller, history, complain } = parts;
  let team: Asking = await registerApp(name, settings, parts);
  const paths = [team.path];

  const shown = async (id: number) => (await caller.ask("GET", `/api/deployments/${id}`)).body.data;
  const open = (): Asked[] => history.of(team.app.id).filter(({ end }) => end === null);

  const meanwhile = async (id: number, { do: what, at }: Meanwhile): Promise<void> => {
    for (let polls = 0; polls < mostPolls; polls++) {
      const { stage } = await shown(id);
      // One that waits for an approver is asked about below.
      if (order.indexOf(stage) >= order.indexOf(at) || stage === "awaiting_approval") break;
      await pause(pollMs);
    }
    if (what === "cancel") await team.settle(id, "cancel");
    else if (what === "rollback") await team.rollBack(1);
    else await team.release({ kind: "good", by: "webhook", lines: 50, verdict: "approve" });
  };

  const poll = async (asked: Asked): Promise<void> => {
    const { stage, finished_at } = await shown(asked.id);
    if (terminal.includes(stage)) asked.end = { stage, finished_at };
    const isDecided = asked.asks.has("approve") || asked.asks.has("reject");
    if (stage === "awaiting_approval" && !isDecided) await team.settle(asked.id, asked.verdict);
  };

  /** Approves or rejects what waits for it, until all of the app has ended. */
  const allEnd = async (): Promise<void> => {
    for (let polls = 0; polls < mostPolls && open().length > 0; polls++) {
      for (const one of open()) await poll(one);
      await pause(pollMs);
    }
    for (const one of open()) complain("a deployment stands still", JSON.stringify(await shown(one.id)));
  };

  const replace = async (): Promise<void> => {
    await team.remove();
    team = await registerApp(`${name}-${paths.length}`, settings, parts);
    paths.push(team.path);
    await team.release({ kind: "good", by: "api", lines: 50, verdict: "approve" });
  };

  const carryOut = async (act: Act): Promise<void> => {
    switch (act.do) {
      case "release": {
        const id = await team.release(act);
        return act.meanwhile === null ? undefined : meanwhile(id, act.meanwhile);
      }
      case "retry":
        return team.retry(act.verdict);
      case "rollback":
        return team.rollBack(act.back);
      case "unpin":
        return team.unpin();
      case "replace":
        return replace();
    }
  };

  return {
    name,
    acts,
    app: () => team.app,
    paths: () => paths,
    act: async (act) => {
      await carryOut(act);
      await allEnd();
    },
  };
}
