import {
  ClientException,
  DescribeTasksCommand,
  type ECSClient,
  InvalidParameterException,
  paginateListTasks,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import type { RunTasks } from "../../core/ports/runs.ts";
import type { TaskSighting } from "../../core/run/decide.ts";
import type { Run } from "../../core/run/run.ts";
import { networkConfiguration } from "./network-configuration.ts";
import { ecsTags, ownerTags, type ReleasesOptions } from "./options.ts";
import { notStarted } from "./start-trouble.ts";
import { containerName } from "./task-definition.ts";

const longestReason = 400;

/** How ECS knows a run's tasks. */
const startedBy = (run: Run): string => `run-${run.id}`;

/** Runs as tasks of ECS. */
export function awsRunTasks(ecs: ECSClient, options: ReleasesOptions): RunTasks {
  const { cluster } = options;

  /** One that ended before anybody looked was started all the same. */
  const findStopped = async (run: Run): Promise<string | null> => {
    const [family] = run.task_definition.slice(run.task_definition.lastIndexOf("/") + 1).split(":", 1);
    const asked = { cluster, family, desiredStatus: "STOPPED" } as const;
    for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, asked)) {
      if (taskArns.length === 0) continue;
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
      const found = tasks.find((task) => task.startedBy === startedBy(run));
      if (found?.taskArn !== undefined) return found.taskArn;
    }
    return null;
  };

  return {
    start: async (run) => {
      try {
        const { tasks = [], failures = [] } = await ecs.send(
          new RunTaskCommand({
            cluster,
            taskDefinition: run.task_definition,
            launchType: "FARGATE",
            count: 1,
            // The same call is answered with the same task: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
            clientToken: `${options.namePrefix}-run-${run.id}-${run.attempt}`,
            startedBy: startedBy(run),
            overrides: {
              containerOverrides: [
                {
                  name: containerName,
                  command: [...run.command],
                  environment: environmentOf(run),
                },
              ],
            },
            networkConfiguration: networkConfiguration(options),
            tags: ecsTags(ownerTags(options, run.app_id)),
          }),
        );
        const task = tasks[0]?.taskArn;
        if (task !== undefined) return { outcome: "started", task };
        return {
          outcome: "waiting",
          message: sentence(`ECS could not place the task: ${failures[0]?.reason ?? "no reason"}`),
        };
      } catch (error) {
        if (!(error instanceof ClientException || error instanceof InvalidParameterException)) throw error;
        const isFull = /capacity|limit on the number|quota/i.test(error.message);
        return { outcome: isFull ? "waiting" : "refused", message: sentence(`ECS refused the task: ${error.message}`) };
      }
    },

    find: async (run) => {
      // ECS takes no other filter beside this one.
      for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, { cluster, startedBy: startedBy(run) }))
        if (taskArns[0] !== undefined) return taskArns[0];
      return findStopped(run);
    },

    see: async (task) => {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }));
      return sightingOf(tasks[0]);
    },

    stop: async (task, reason) => {
      try {
        await ecs.send(new StopTaskCommand({ cluster, task, reason: shorten(inlineText(reason), 255) }));
      } catch (error) {
        // It is gone.
        if (!(error instanceof InvalidParameterException || error instanceof ClientException)) throw error;
      }
    },
  };
}

/** What tells a run from others, for commands that must not do something twice. */
const environmentOf = ({ id, cron, scheduled_at }: Run): { readonly name: string; readonly value: string }[] => [
  { name: "SLIPWAY_RUN_ID", value: String(id) },
  ...(cron === null ? [] : [{ name: "SLIPWAY_CRON", value: cron }]),
  ...(scheduled_at === null ? [] : [{ name: "SLIPWAY_SCHEDULED_AT", value: scheduled_at }]),
];

function sightingOf(task: Task | undefined): TaskSighting {
  const none = { type: "seen", exit_code: null, reason: null } as const;
  if (task === undefined) return { ...none, state: "absent" };
  if (task.lastStatus === "STOPPED") {
    const container = task.containers?.find(({ name }) => name === containerName);
    const exit_code = container?.exitCode ?? null;
    const words = notStarted(task) ?? container?.reason ?? (exit_code === null ? task.stoppedReason : undefined);
    return { ...none, state: "stopped", exit_code, reason: words === undefined ? null : sentence(words) };
  }
  return { ...none, state: task.lastStatus === "RUNNING" ? "running" : "starting" };
}

const sentence = (words: string): string => `${shorten(inlineText(words).trim(), longestReason).replace(/\.$/, "")}.`;
