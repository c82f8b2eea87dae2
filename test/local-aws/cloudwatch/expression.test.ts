import { describe, expect, test } from "@jest/globals";
import { parseExpression } from "@slipway/local-aws/services/cloudwatch/expression";
import * as fc from "fast-check";
import { alarmKinds } from "../../../lib/adapters/ecs/alarm-kinds.ts";

const result = (text: string, values: Readonly<Record<string, number>> = {}) =>
  parseExpression(text, ["a", "b", "c"])((id) => values[id]);

describe("metric math", () => {
  test.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["8 / 2 / 2", 2],
    ["10 - 2 - 3", 5],
    ["2 >= 2", 1],
    ["1 + 1 > 2", 0],
    ["IF(1 > 2, 3, 4)", 4],
    ["MAX([1, 5, 2])", 5],
    ["MAX([IF(2 >= 1, 100 * 1 / 4, 0), 7.5])", 25],
  ])("%s is %d", (text, value) => {
    expect(result(text)).toBe(value);
  });

  test("what is missing stays missing, until it is filled in; what cannot be divided is missing", () => {
    expect(result("a + 1")).toBeUndefined();
    expect(result("IF(a > 1, 2, 3)")).toBeUndefined();
    expect(result("1 / b", { b: 0 })).toBeUndefined();
    expect(result("FILL(a, 4) + b", { b: 1 })).toBe(5);
    expect(result("MAX([a, b])", { b: 1 })).toBe(1);
    expect(result("MAX([a, b])")).toBeUndefined();
  });

  test.each(["", "1 +", "a b", "d", "MAX([1", "IF(1, 2", "1 & 2", "RATE(a)"])("%j is refused", (text) => {
    expect(() => parseExpression(text, ["a", "b", "c"])).toThrow(SyntaxError);
  });

  test("sums and products are those of numbers", () => {
    const number = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(number, number, number, (a, b, c) => {
        expect(result("a + b * c - a", { a, b, c })).toBe(b * c);
        expect(result("MAX([a, b, c])", { a, b, c })).toBe(Math.max(a, b, c));
      }),
    );
  });
});

describe("what an app's alarms compare", () => {
  const groups = ["arn:aws:x:targetgroup/one/1", "arn:aws:x:targetgroup/two/2"] as const;
  const counted = { loadBalancerArn: "arn:aws:x:loadbalancer/app/slipway-apps/1", targetGroups: groups };
  const measure = (kind: string, values: Readonly<Record<string, number>>) => {
    const metrics = alarmKinds.find(({ suffix }) => suffix === kind)?.metrics(counted) ?? [];
    const ids = metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [Id ?? ""] : []));
    return parseExpression(metrics.at(-1)?.Expression ?? "", ids)((id) => values[id]);
  };

  test("nothing where nobody asked", () => {
    expect(measure("errors", {})).toBe(0);
    expect(measure("latency", {})).toBe(0);
  });

  test("errors: of the version for which they are more, unless they are fewer than three", () => {
    expect(measure("errors", { asked1: 1000, asked2: 10, failed2: 5 })).toBe(50);
    expect(measure("errors", { asked1: 10, failed1: 5, asked2: 1000 })).toBe(50);
    expect(measure("errors", { asked1: 2, failed1: 2 })).toBe(0);
    expect(measure("errors", { asked1: 3, failed1: 3 })).toBe(100);
  });

  test("latency: of the slower version, unless it answered fewer than ten", () => {
    expect(measure("latency", { asked1: 1000, took1: 0.1, asked2: 10, took2: 2 })).toBe(2);
    expect(measure("latency", { asked1: 1000, took1: 0.1, asked2: 9, took2: 2 })).toBe(0.1);
  });
});
