import { RegisterTaskDefinitionCommand, type Service } from "@aws-sdk/client-ecs";
import { tasksOf } from "../../core/app.ts";
import { unseenRelease } from "../../core/deployment/event.ts";
import { OutputUnreadable } from "../../core/log/output-unreadable.ts";
import type { Confirm, ReleaseOrder, ReleaseStart, Releases } from "../../core/ports/releases.ts";
import type { Counted } from "./alarm-kinds.ts";
import { releaseAlarms } from "./alarms.ts";
import type { ReleaseClients } from "./clients.ts";
import { taskDefinitions } from "./definitions.ts";
import { failureReason, lastWords, releaseOutput, releaseTrouble } from "./failure.ts";
import type { Front } from "./front.ts";
import { loadBalancing } from "./load-balancing.ts";
import { logGroups } from "./log-groups.ts";
import { ownerOf, type ReleasesOptions, serviceName } from "./options.ts";
import { held, refusedBy } from "./requests.ts";
import { releaseScaling } from "./scaling.ts";
import { services } from "./service.ts";
import {
  definitionIsOf,
  endPause,
  finished,
  hookOf,
  isPaused,
  type OurDeployment,
  ourDeployment,
  rollBack,
  seenOf,
  trippedAlarms,
} from "./service-deployment.ts";
import { askOverHttp, wrongAnswer } from "./smoke-check.ts";
import { productionRuleOf } from "./strategy.ts";
import { taskDefinitionOf } from "./task-definition.ts";

/** Releases as services of ECS behind one load balancer. */
export function awsReleases(clients: ReleaseClients, options: ReleasesOptions): Releases {
  const { ecs } = clients;
  const front = loadBalancing(clients, options);
  const service = services(ecs, options);
  const alarms = releaseAlarms(clients.cloudWatch, options);
  const scaling = releaseScaling(clients.scaling, options);
  const definitions = taskDefinitions(ecs, options);
  const groups = logGroups(clients.logs, options);

  const oursOf = (order: ReleaseOrder, taskDefinition: string | null, other?: string) =>
    ourDeployment(ecs, options.cluster, serviceName(options, order.app_id), {
      deploymentId: order.deployment_id,
      taskDefinition,
      other,
    });

  /** The service of an app and the service deployment of a release, as far as ECS shows such. */
  const find = async (order: ReleaseOrder, taskDefinition: string | null) => {
    const now = await service.find(order.app_id);
    return { now, ours: now && (await oursOf(order, taskDefinition)) };
  };

  const printed = (order: ReleaseOrder) => lastWords(clients, options, order);

  const register = async (order: ReleaseOrder): Promise<string> => {
    const [registered] = await Promise.all([
      ecs.send(new RegisterTaskDefinitionCommand(taskDefinitionOf(order, options))),
      groups.ensure(order),
    ]);
    const taskDefinition = registered.taskDefinition?.taskDefinitionArn;
    if (taskDefinition === undefined) throw new Error("ECS registered a task definition without an ARN.");
    return taskDefinition;
  };

  const release = async (
    order: ReleaseOrder,
    now: Service | null,
    facing: Front,
    confirm: Confirm,
  ): Promise<ReleaseStart> => {
    const taskDefinition = await register(order);
    if (now === null) {
      await confirm();
      if (!(await service.create(order, taskDefinition, facing))) return { outcome: "waiting" };
      return started(order, taskDefinition, facing.url);
    }
    const { names, note } = await alarms.ensure(order, countedOf(facing));
    await confirm();
    if (order.settings.scaling === null) await scaling.remove(order.app_id);
    await service.update(order, taskDefinition, facing, now, names);
    return started(order, taskDefinition, facing.url, note);
  };

  /** What goes with a release that was begun: its service is there then. `now`: as the service was before. */
  const settled = async (
    order: ReleaseOrder,
    facing: Front,
    now: Service | null,
    begun: ReleaseStart,
  ): Promise<ReleaseStart> => {
    if (begun.outcome !== "started") return begun;
    // Alarms are made for a service that is there.
    await Promise.all([scaling.ensure(order, countedOf(facing)), now === null ? null : alarms.tidy(order)]);
    return begun;
  };

  const started = (
    order: ReleaseOrder,
    taskDefinition: string,
    url: string,
    note: string | null = null,
  ): ReleaseStart => ({
    outcome: "started",
    task_definition: taskDefinition,
    url: order.settings.internal || options.appUrl === "" ? url : options.appUrl.replace("{name}", order.settings.name),
    load_balancer_url: url,
    note,
  });

  /** With which task definition a service was given this release before, if it was, and whether something is under way in it. */
  const standing = async (order: ReleaseOrder, now: Service) => {
    const { taskDefinition: runs = null } = now;
    const [isOurs, ours, isBusy] = await Promise.all([
      runs !== null && definitionIsOf(ecs, runs, order.deployment_id),
      // Where what runs is ours, nobody asks for more.
      oursOf(order, null, runs ?? undefined),
      service.isBusy(order.app_id),
    ]);
    // Started before, and rolled back before anybody noted that it was: once is enough, unless somebody else undid it.
    const isKept = ours !== null && seenOf(ours, now).state !== "displaced";
    return { taskDefinition: isOurs ? runs : isKept ? ours.taskDefinition : null, isBusy };
  };

  const start = async (order: ReleaseOrder, confirm: Confirm): Promise<ReleaseStart> => {
    if (order.settings.internal && options.privateNames === null) return noPrivateNames;
    const finding = service.find(order.app_id);
    const rule = async () => productionRuleOf(await finding);
    const [now, facing] = await Promise.all([finding, front.ensure(namedApp(order), { rule, confirm })]);
    if (facing === "waiting") return { outcome: "waiting" };
    if (facing === "full") return noPortLeft;
    if (now?.status === "DRAINING") return { outcome: "waiting" };
    const before = now && (await standing(order, now));
    if (before?.taskDefinition) return settled(order, facing, now, started(order, before.taskDefinition, facing.url));
    if (before?.isBusy) return { outcome: "waiting" };
    const judged = await front.judge(facing, order.settings, now !== null);
    if (now !== null && !(await service.prepare(order, now, judged))) return { outcome: "waiting" };
    return settled(order, judged, now, await release(order, now, judged, confirm));
  };

  /** Has nothing of a release run on, or an earlier version again; a version of somebody else is not touched. */
  const stop = async (
    order: ReleaseOrder,
    ours: OurDeployment | null,
    confirm: Confirm,
  ): Promise<"stopping" | "absent"> => {
    if (ours === null || (!ours.isNewest && finished(ours.deployment))) return "absent";
    if (!ours.hasEarlier) {
      await confirm();
      await service.remove(order.app_id);
    } else if (!finished(ours.deployment)) await rollBack(ecs, ours.deployment, confirm);
    return "stopping";
  };

  return {
    prepare: front.prepare,
    name: front.name,
    redirect: front.redirect,

    start: async (order, confirm = held) => {
      try {
        return await start(order, confirm);
      } catch (error) {
        return refusedBy(error);
      }
    },

    define: async (order) => {
      try {
        return { outcome: "defined", task_definition: await register(order) };
      } catch (error) {
        return refusedBy(error);
      }
    },

    see: async (order, taskDefinition) => {
      const { now, ours } = await find(order, taskDefinition);
      // What was released to the end serves nobody any more where its service is being deleted.
      if (now === null || ours === null || now.status === "DRAINING")
        return {
          ...unseenRelease(tasksOf(order.settings).min),
          state: "absent",
          reason: "The service is gone from ECS. Deploy again.",
          printed: await printed(order),
        };
      const seen = seenOf(ours, now);
      const tripped = trippedAlarms(ours.deployment);
      const alarm = tripped.length === 0 ? null : await alarms.words(tripped, order.app_id);
      // Until it has traffic and is only watched, or waits to be checked, it is still starting.
      if (seen.state === "in_progress" && !seen.baking && !seen.paused) {
        const seenAgain = () => service.find(order.app_id);
        const starting = { service: now, ...ours, seenAgain };
        return { ...seen, alarm, ...(await releaseTrouble(clients, options, order, starting)) };
      }
      if (seen.state !== "failed") return { ...seen, alarm };
      const last = await printed(order);
      const why =
        alarm === null
          ? await failureReason(clients, options, order, { service: now, deployment: ours.deployment, printed: last })
          : {};
      return { ...seen, alarm, printed: last, ...why };
    },

    output: (order) =>
      releaseOutput(clients, options, order).catch((error) => {
        throw new OutputUnreadable(error);
      }),

    check: async (order, taskDefinition, isLast, confirm = held) => {
      const { now, ours: found } = await find(order, taskDefinition);
      const ours = found?.deployment;
      // It was let go on before, and nobody noted it.
      if (ours !== undefined && hookOf(ours)?.status === "SUCCEEDED") return { outcome: "passed" };
      if (ours === undefined || !isPaused(ours)) return { outcome: "waiting" };
      const facing = await front.ensure(namedApp(order), { rule: async () => productionRuleOf(now), confirm });
      if (typeof facing === "string") return { outcome: "waiting" };
      const wrong = await wrongAnswer(order, facing, clients.ask ?? askOverHttp);
      if (wrong !== null) return { outcome: "failed", seen: wrong };
      if (isLast) await endPause(ecs, ours, "CONTINUE", confirm);
      return { outcome: "passed" };
    },

    resume: async (order, taskDefinition, confirm = held) => {
      const ours = (await find(order, taskDefinition)).ours?.deployment;
      if (ours !== undefined && hookOf(ours)?.status === "SUCCEEDED") return "resumed";
      if (ours === undefined || !isPaused(ours)) return "waiting";
      await endPause(ecs, ours, "CONTINUE", confirm);
      return "resumed";
    },

    stop: async (order, taskDefinition, confirm = held) => {
      const { now, ours } = await find(order, taskDefinition);
      if (ours === null && now?.status !== "DRAINING") return "unseen";
      return stop(order, ours, confirm);
    },

    undo: async (order, taskDefinition, live, confirm = held) => {
      const now = await service.find(order.app_id);
      await front.tidy(order.app_id, { rule: async () => productionRuleOf(now), confirm });
      if (now === null || now.status === "DRAINING") return "absent";
      const whose = { deploymentId: order.deployment_id, taskDefinition, only: taskDefinition !== null };
      const ours = await ourDeployment(ecs, options.cluster, serviceName(options, order.app_id), whose);
      // Also where ECS went back to it, since a release that came after it failed.
      const isWanted = now.taskDefinition === ours?.taskDefinition;
      if (!ours || (finished(ours.deployment) && !isWanted)) return "absent";
      if (live === null || !finished(ours.deployment))
        return stop(order, { ...ours, isNewest: ours.isNewest || isWanted, hasEarlier: live !== null }, confirm);
      await confirm();
      await service.putBack(order.app_id, live);
      return "stopping";
    },

    stopAllButLive: async (order, taskDefinition, confirm = held) => {
      const { now, ours } = await find(order, null);
      await front.tidy(order.app_id, { rule: async () => productionRuleOf(now), confirm });
      if (ours === null || ours.taskDefinition === taskDefinition || finished(ours.deployment)) return "absent";
      await rollBack(ecs, ours.deployment, confirm);
      return "stopping";
    },

    definitions: definitions.list,
    forget: definitions.forget,

    remove: async (app) => {
      await scaling.remove(app.id);
      if ((await service.find(app.id)) !== null) {
        await service.remove(app.id);
        if ((await service.find(app.id)) !== null) return false;
      }
      await alarms.removeAll(app.id);
      await front.remove(app.id);
      await groups.remove(app.id);
      await definitions.forget(app.id, await definitions.list(app.id), async () => false);
      return true;
    },

    appOf: (serviceArn) => ownerOf(options, serviceArn.slice(serviceArn.lastIndexOf("/") + 1))?.app_id ?? null,
  };
}

const countedOf = ({ loadBalancerArn, serving }: Front): Counted => ({ loadBalancerArn, targetGroups: serving });

const namedApp = ({ app_id: id, settings, live_name }: ReleaseOrder) => ({
  id,
  settings,
  liveName: live_name ?? null,
});

const noPrivateNames: ReleaseStart = {
  outcome: "refused",
  message:
    "The app is internal, and this installation has no private names any more. Deploy Slipway with -c privateNames=true, or in local mode start it with --private-names.",
};

const noPortLeft: ReleaseStart = {
  outcome: "refused",
  message:
    "The load balancer has no port left for this app: other programs use them. Free a port between 8001 and 8500, or install Slipway with a domain.",
};
