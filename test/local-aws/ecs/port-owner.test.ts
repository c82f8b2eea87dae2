import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { openImages } from "@slipway/local-aws/containers/images/images";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { createHostTaskRunner } from "@slipway/local-aws/services/ecs/host-task-runner";
import { container } from "@slipway/local-aws/services/ecs/model";
import { sandboxHere } from "../../support/sandbox.ts";
import { temporaryDirectory } from "../support/files.ts";
import { startLocalAws } from "../support/local-aws.ts";
import { eventually } from "../support/wait.ts";
import { anyRole, makeImage } from "./start-ecs.ts";

test("a task whose port another program took is killed, and its end says why; one that has its port is left alone", async () => {
  const home = temporaryDirectory();
  const aws = await startLocalAws({ dataDir: home.path });
  const processes = createProcesses(aws.context.clock);
  const images = openImages(home.path);
  const host = { path: process.env.PATH ?? "", hidden: [] };
  const engine = createHostTaskRunner(aws.context, {
    processes,
    images,
    credentials: anyRole(aws.context),
    sandbox: await sandboxHere(),
    host,
  });
  const image = makeImage(home.path);
  const lines: string[] = [];
  const start = (taskId: string, mode: string) =>
    engine.start({
      taskId,
      taskArn: taskId,
      memoryMb: 512,
      cpuUnits: 256,
      executionRoleArn: undefined,
      taskRoleArn: undefined,
      onLines: (more) => void lines.push(...more),
      container: container.parse({
        name: "app",
        image: `repository@${image}`,
        essential: true,
        portMappings: [{ containerPort: 3000 }],
        environment: [
          { name: "VERSION", value: "1" },
          { name: "MODE", value: mode },
        ],
      }),
    });

  const silent = await start("silent", "not-listening");
  const other = createServer().listen(silent.port, "127.0.0.1");
  await once(other, "listening");
  const sentence = `another program took its port ${silent.port}`;
  expect(await silent.exited).toEqual({ exitCode: 137, reason: sentence });
  expect(lines).toContain(`The task was killed: ${sentence}.`);
  other.close();

  const good = await start("good", "");
  const ask = async () => (await fetch(`http://127.0.0.1:${good.port}/`)).text();
  await eventually(async () => expect(await ask()).toBe("1"));
  const ended = good.exited.then(() => "ended");
  expect(await Promise.race([ended, new Promise((resume) => setTimeout(() => resume("runs"), 1000))])).toBe("runs");
  await good.stop(2000);
  await processes.close();
  await aws.close();
  home.remove();
});
