import { type App, type AppStatus, type Client, RequestError } from "@slipway/monitor/client";
import { type Finding, skipped, well, wrong } from "./finding.ts";

const check = "network";

/** What ECS says of a task that could not reach AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
const unreached =
  /(ResourceInitializationError|CannotPull\w*Error)\b.*(i\/o timeout|deadline exceeded|connection issue|Client\.Timeout|request canceled)/is;

/** Of a version of Slipway that does not say, or while AWS does not, there are none to judge. */
async function tasksOf(client: Client, id: number): Promise<AppStatus["tasks"]> {
  try {
    return (await client.showAppStatus(id)).tasks;
  } catch (error) {
    if (error instanceof RequestError) return [];
    throw error;
  }
}

/** Whether tasks get their image, their secrets and their log: by those of apps that are not up. */
export async function checkNetwork(client: Client, apps: readonly App[]): Promise<readonly Finding[]> {
  const asked = apps.filter(({ health }) => health === "down" || health === "degraded");
  if (apps.every(({ health }) => health === "none")) return [skipped(check, "no app is running")];
  const found = await Promise.all(
    asked.map(async ({ id, name }) => {
      const tasks = await tasksOf(client, id);
      const reason = tasks.map((task) => task.reason ?? "").find((text) => unreached.test(text));
      return reason === undefined ? [] : [{ name, reason }];
    }),
  );
  const cut = found.flat();
  if (cut.length === 0) return [well(check, "no task is known to be kept from its image, its secrets or its log")];
  return cut.map(({ name, reason }) =>
    wrong(
      check,
      `tasks of ${name} cannot reach AWS: ${reason}`,
      "Private subnets need a NAT gateway, or endpoints for ECR, S3, CloudWatch Logs, and Systems Manager. Run npm run deploy -- --plan, which says what is missing.",
    ),
  );
}
