import { expect, test } from "@jest/globals";
import { stepCounter } from "../../lib/build/reporter/steps.ts";

test("a step that another build named, which ran at the same time, does not count for more", () => {
  for (const shared of ["[1/3] FROM node:24", "[1/2] FROM node:24", "[1/1] FROM node:24"]) {
    const steps = stepCounter();
    for (const name of [shared, "[2/2] RUN true"]) steps.saw(name);
    expect(steps.started("sha256:1", shared)).toMatchObject({ number: 1, of: 2 });
    expect(steps.started("sha256:2", "[2/2] RUN true")).toMatchObject({ number: 2, of: 2 });
  }
});

test("stages add up, whichever of their steps comes first", () => {
  const steps = stepCounter();
  for (const name of ["[build 2/4] COPY . .", "[build 4/4] RUN make", "[web 1/3] FROM scratch"]) steps.saw(name);
  expect(steps.started("sha256:1", "[build 2/4] COPY . .")).toMatchObject({ number: 1, of: 7 });
});
