import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { billedByTheHour, idlePrices } from "../../bench/idle-price.ts";
import { root, template } from "./synthesized.ts";

const page = readFileSync(join(root, "docs", "costs.md"), "utf8");
const prices = idlePrices(template.toJSON());

test("the idle control plane has nothing that is billed by the hour", () => {
  const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  expect(types.filter((type) => billedByTheHour.includes(type))).toEqual([]);
});

test("what it costs a month is what the page of costs says, item by item", () => {
  for (const { what, dollars } of prices.filter((one) => one.dollars > 0))
    expect({ what, isSaid: page.includes(`$${dollars.toFixed(2)}`) }).toEqual({ what, isSaid: true });
  const sum = prices.reduce((total, { dollars }) => total + dollars, 0);
  expect(page).toContain(`about $${sum.toFixed(2)} a month`);
});

test("a schedule more, a queue more and a load balancer would be noticed", () => {
  const { Resources } = template.toJSON();
  const priceWith = (Type: string, Properties: object) =>
    idlePrices({ Resources: { ...Resources, More: { Type, Properties } } }).reduce((sum, one) => sum + one.dollars, 0);
  const now = prices.reduce((sum, one) => sum + one.dollars, 0);
  expect(priceWith("AWS::Scheduler::Schedule", { ScheduleExpression: "rate(1 minute)" })).toBeGreaterThan(now);
  expect(priceWith("AWS::Lambda::EventSourceMapping", {})).toBeGreaterThan(now);
  expect(priceWith("AWS::SecretsManager::Secret", {})).toBeGreaterThan(now);
});
