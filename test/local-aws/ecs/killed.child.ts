import * as ecs from "@aws-sdk/client-ecs";
import { sandboxHere } from "../../support/sandbox.ts";
import { define, front, makeImage, startCloud } from "./start-ecs.ts";

// Holds a cloud with one service in `dataDir`, whose app answers on `port`; then waits to be killed.
const [dataDir = "", port = ""] = process.argv.slice(2);
const cloud = await startCloud(dataDir, await sandboxHere());
const targetGroupArn = await front(cloud.elb, Number(port));
await cloud.ecs.send(
  new ecs.CreateServiceCommand({
    cluster: "slipway",
    serviceName: "app-1",
    taskDefinition: await define(cloud.ecs, makeImage(dataDir), { version: "1" }),
    desiredCount: 2,
    loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 3000 }],
    healthCheckGracePeriodSeconds: 60,
  }),
);
setInterval(() => undefined, 1000);
