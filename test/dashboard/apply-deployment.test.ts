import { expect, test } from "@jest/globals";
import type { Deployment, Stage } from "@slipway/monitor/client";
import { QueryClient } from "@tanstack/react-query";
import fc from "fast-check";
import { applyDeployment } from "../../lib/dashboard/api/apply-deployment.ts";
import { type DeploymentFilter, deploymentQuery, deploymentsQuery } from "../../lib/dashboard/api/queries.ts";
import { someDeployment } from "../monitor/client/simulated-client.ts";

/** Versions grow over all runs, since the newest is kept for as long as the page is open. */
let version = 1;
const stages: readonly Stage[] = ["pending", "building", "success", "failed"];

const change = fc.record({
  id: fc.integer({ min: 1, max: 40 }),
  stage: fc.constantFrom(...stages),
});
const filters = fc.record(
  { appId: fc.constantFrom(1, 2), stage: fc.constantFrom(...stages) },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<DeploymentFilter>;

/** Odd ones are of app 1, even ones of app 2. */
const deployment = (id: number, stage: Stage): Deployment =>
  someDeployment({ id, app_id: id % 2 === 0 ? 2 : 1, stage, status: stage, version: ++version });

const fits = ({ appId, stage }: DeploymentFilter, one: Deployment): boolean =>
  (appId === undefined || appId === one.app_id) && (stage === undefined || stage === one.stage);

/** A list of which two pages of five are loaded, of deployments that were there before. */
function loaded(queries: QueryClient, filter: DeploymentFilter, all: readonly Deployment[]): number {
  const fitting = all.filter((one) => fits(filter, one)).toSorted((one, other) => other.id - one.id);
  const [first, second] = [fitting.slice(0, 5), fitting.slice(5, 10)];
  const isMore = fitting.length > 10;
  queries.setQueryData(deploymentsQuery(filter).queryKey, {
    pages: [
      { items: first, next: second.length > 0 ? "second" : null },
      ...(second.length > 0 ? [{ items: second, next: isMore ? "third" : null }] : []),
    ],
    pageParams: second.length > 0 ? [undefined, "second"] : [undefined],
  });
  return isMore ? (second.at(-1)?.id ?? 0) : 0;
}

test("after any update, a list is what the server would answer, as far down as it was loaded", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }),
      fc.array(change, { maxLength: 30 }),
      filters,
      (before, events, filter) => {
        const queries = new QueryClient();
        const known = new Map(before.map((id) => [id, deployment(id, "pending")]));
        const lowest = loaded(queries, filter, [...known.values()]);
        for (const { id, stage } of events) {
          const one = deployment(id, stage);
          known.set(id, one);
          applyDeployment(queries, one);
        }
        const list = queries.getQueryData(deploymentsQuery(filter).queryKey);
        const shown = list?.pages.flatMap(({ items }) => items.map(({ id, stage }) => [id, stage])) ?? [];
        const expected = [...known.values()]
          .filter((one) => fits(filter, one) && one.id >= lowest)
          .toSorted((one, other) => other.id - one.id)
          .map(({ id, stage }) => [id, stage]);
        expect(shown).toEqual(expected);
        queries.clear();
      },
    ),
  );
});

test("an answer that was under way while updates arrived does not turn time back", () => {
  const queries = new QueryClient();
  const old = deployment(100, "building");
  const now = deployment(100, "success");
  queries.setQueryData(deploymentQuery(100).queryKey, old);
  applyDeployment(queries, now);
  applyDeployment(queries, old);
  expect(queries.getQueryData(deploymentQuery(100).queryKey)?.stage).toBe("success");
  queries.clear();
});
