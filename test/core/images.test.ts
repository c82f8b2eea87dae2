import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { imageTag } from "../../lib/core/images.ts";
import { emptyLane } from "../../lib/core/lane/lane.ts";
import { forgetImages } from "../../lib/core/worker/forget-images.ts";
import { someDeployment } from "../support/deployments.ts";
import { memoryImages } from "../support/memory-stores.ts";
import { workerDeps } from "../support/worker-deps.ts";

const digest = (number: number): string => `sha256:${String(number).padStart(64, "0")}`;

/** A build of an app for a deployment, and which image came of it: two builds may make the very same. */
const build = fc.record({
  app: fc.constantFrom(1, 2),
  deployment: fc.integer({ min: 1, max: 12 }),
  attempt: fc.constantFrom(1, 2),
  image: fc.integer({ min: 1, max: 12 }),
});
type Build = typeof build extends fc.Arbitrary<infer T> ? T : never;
const tagOf = ({ deployment, attempt }: Build): string => imageTag(deployment, attempt);
const builds = fc.uniqueArray(build, { selector: (one) => `${one.app} ${tagOf(one)}`, maxLength: 20 });

const imagesOf = (all: readonly Build[]): Map<string, readonly string[]> =>
  new Map([...Map.groupBy(all, ({ image }) => digest(image))].map(([name, of]) => [name, of.map(tagOf)]));
const repositoriesOf = (all: readonly Build[]): Map<number, Map<string, readonly string[]>> =>
  new Map([...Map.groupBy(all, ({ app }) => app)].map(([app, of]) => [app, imagesOf(of)]));

test("kept and running images stay, and those of other apps; of the others the app's go, and of a newer deployment none", async () => {
  await fc.assert(
    fc.asyncProperty(
      builds,
      fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
      fc.option(fc.integer({ min: 1, max: 12 })),
      fc.integer({ min: 1, max: 13 }),
      async (all, records, underWay, before) => {
        const kept = repositoriesOf(all);
        const deps = workerDeps({ images: memoryImages(kept) });
        for (const [index, image] of records.entries()) {
          const release = { app_id: 1, deployment_id: index + 1, commit_hash: "", released_at: deps.now() };
          await deps.records.record({ ...release, image_digest: digest(image) }, 10);
        }
        if (underWay !== null) {
          await deps.deployments.create(someDeployment({ id: 50, app_id: 1, image_digest: digest(underWay) }));
          await deps.lanes.replace(1, { ...emptyLane, running: 50, version: 1 });
        }
        await forgetImages(deps, 1, before);
        const needed = [...records, ...(underWay === null ? [] : [underWay])];
        const stays = ({ app, deployment, image }: Build) =>
          app !== 1 || deployment >= before || needed.includes(image);
        for (const app of [1, 2]) {
          const left = [...(kept.get(app)?.values() ?? [])].flat().toSorted();
          const expected = all.filter((one) => one.app === app && stays(one)).map(tagOf);
          expect(left).toEqual(expected.toSorted());
        }
      },
    ),
  );
});

test("to forget twice is to forget once", async () => {
  const images = new Map([[digest(1), [imageTag(1, 1)]]]);
  const deps = workerDeps({ images: memoryImages(new Map([[1, images]])) });
  await forgetImages(deps, 1, 5);
  await forgetImages(deps, 1, 5);
  expect(images.size).toBe(0);
});
