// How an app without a domain comes to a port of its own: what is known of the load balancer is neither tried nor asked again.
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "@jest/globals";
import { loadBalancing } from "../../../lib/adapters/ecs/load-balancing.ts";
import { someSettings } from "../../support/deployments.ts";
import { memoryPlacements } from "../../support/memory-stores.ts";
import { simulatedReleases } from "../../support/simulate/ecs.ts";
import { Surroundings } from "../../support/simulate/load-balancing.ts";

const hold = { rule: async () => null, confirm: async () => undefined };

/** A load balancer, the calls to it, and what happens right before one. */
function fixture(before: (call: string, send: Surroundings["send"]) => void = () => {}) {
  const surroundings = new Surroundings();
  const calls: string[] = [];
  const send = async (command: { readonly input: unknown }): Promise<unknown> => {
    const name = command.constructor.name;
    calls.push(name.replace("Command", ""));
    before(name, surroundings.send);
    return surroundings.send(name, command.input);
  };
  const elb = Object.assign(Object.create(ElasticLoadBalancingV2Client.prototype) as ElasticLoadBalancingV2Client, {
    send,
  });
  const front = loadBalancing({ elb, records: elb as never, placements: memoryPlacements() }, simulatedReleases);
  const ensure = (id: number) =>
    front.ensure({ id, settings: someSettings({ name: `app-${id}` }), liveName: null }, hold);
  return { surroundings, calls, ensure };
}

test("a first release asks for no rules of the listener that it made, and a later one makes nothing", async () => {
  const { calls, ensure } = fixture();
  await ensure(1);
  const seen = ["DescribeLoadBalancers", "DescribeTargetGroups", "DescribeListeners"];
  // Once more where no place was ever noted: apps may have been released before that was done.
  expect(calls).toEqual(["DescribeTargetGroups", ...seen, "CreateListener", "CreateRule", "CreateRule"]);
  calls.length = 0;
  await ensure(1);
  expect(calls).toEqual([...seen, "DescribeRules"]);
});

test("a port that is known to be another app's is not tried", async () => {
  const { calls, ensure, surroundings } = fixture();
  await ensure(1);
  calls.length = 0;
  // Its number leads to the same port.
  await ensure(51);
  expect(calls.filter((call) => call === "CreateListener")).toHaveLength(1);
  expect([...surroundings.ports(1), ...surroundings.ports(51)]).toEqual([8001, 8002]);
});

test("a listener that somebody who was held up made meanwhile is the app's", async () => {
  let isMade = false;
  const { ensure, surroundings } = fixture((call, send) => {
    if (call !== "CreateListenerCommand" || isMade) return;
    isMade = true;
    send(call, { Port: 8001, DefaultActions: [{ TargetGroupArn: "target-group/slipway-1" }] });
  });
  await ensure(1);
  expect(surroundings.ports(1)).toEqual([8001]);
});
