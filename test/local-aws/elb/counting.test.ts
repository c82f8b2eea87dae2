import { Agent, createServer } from "node:http";
import { afterEach, expect, test } from "@jest/globals";
import { countingFor } from "@slipway/local-aws/services/elb/counting";
import { proxy } from "@slipway/local-aws/services/elb/proxy";
import { freePort, serve, type TestServer } from "../support/servers.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((one) => one.close()));
});

const balancer = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/apps/1";
const group = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/2";

/** What a load balancer counts that sends a request for each path to a target on that port. */
async function counted(port: number, ...paths: string[]): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  const agent = new Agent();
  const counting = countingFor(
    ({ namespace, name, dimensions }, value) => {
      expect(namespace).toBe("AWS/ApplicationELB");
      expect(dimensions).toEqual({ LoadBalancer: "app/apps/1", TargetGroup: "targetgroup/shop/2" });
      if (name !== "TargetResponseTime") sums[name] = (sums[name] ?? 0) + value;
    },
    balancer,
    group,
  );
  const front = createServer((request, response) =>
    proxy(request, response, {
      listenerPort: 80,
      protocol: "http",
      idleMs: 5000,
      counting,
      now: () => 0,
      pick: () => ({ id: "10.0.0.1", host: "127.0.0.1", port, agent, use: () => () => undefined }),
    }),
  );
  await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
  const address = front.address();
  const at = typeof address === "object" ? address?.port : 0;
  for (const path of paths) await (await fetch(`http://127.0.0.1:${at}${path}`)).arrayBuffer();
  agent.destroy();
  front.closeAllConnections();
  await new Promise((closed) => front.close(closed));
  return sums;
}

test("answers of targets are counted by their hundreds", async () => {
  const target = await serve((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
  servers.push(target);
  expect(await counted(target.port, "/200", "/204", "/304", "/404", "/500", "/503")).toEqual({
    RequestCount: 6,
    HTTPCode_Target_2XX_Count: 2,
    HTTPCode_Target_3XX_Count: 1,
    HTTPCode_Target_4XX_Count: 1,
    HTTPCode_Target_5XX_Count: 2,
  });
});

test("a target that takes no connections answers nothing, and its 502 is not the app's", async () => {
  const sums = await counted(await freePort(), "/");
  expect(sums).toEqual({ RequestCount: 1, TargetConnectionErrorCount: 2 });
});
