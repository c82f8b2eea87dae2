import { describe, expect, test } from "@jest/globals";
import {
  cacheSentence,
  formatBytes,
  formatStep,
  sizeSentence,
  slowestSteps,
} from "../../lib/dashboard/deployments/build-facts.ts";

const step = (name: string, seconds: number, cached = false) => ({ name, seconds, cached });
const steps = [
  step("FROM node:24", 1.2),
  step("COPY package.json .", 0, true),
  step("RUN npm ci", 0, true),
  step("COPY . .", 0.4),
  step("RUN npm run build", 31),
  step("RUN true", 0),
];
const build = { outcome: "built", steps, image_bytes: null, image_bytes_change: null } as const;

describe("how an image came about", () => {
  test("shows what took longest, without what the cache had", () => {
    expect(slowestSteps(steps).map(({ name }) => name)).toEqual(["RUN npm run build", "FROM node:24", "COPY . ."]);
    expect(slowestSteps(Array.from({ length: 9 }, (_, at) => step(`RUN ${at}`, at)))).toHaveLength(5);
  });

  test("says what missed the cache first, since everything after it follows from that", () => {
    expect(cacheSentence(build)).toBe("2 of 5 steps came from the cache. The first that didn't: COPY . .");
    expect(cacheSentence({ ...build, steps: [step("FROM a", 1), step("RUN b", 1)] })).toBe(
      "No step came from the cache.",
    );
    expect(cacheSentence({ ...build, outcome: "cached" })).toBe("All steps came from the cache.");
    expect(cacheSentence({ ...build, outcome: "reused", steps: [] })).toMatch(/^An earlier image/);
    expect(cacheSentence({ ...build, outcome: "failed", steps: [step("FROM a", 1)] })).toBe("");
  });

  test("says how the image's size changed", () => {
    const said = (image_bytes: number | null, image_bytes_change: number | null) =>
      sizeSentence({ ...build, image_bytes, image_bytes_change });
    expect(said(84_400_000, null)).toBe("Image size: 84 MB");
    expect(said(84_400_000, 12_000_000)).toBe("Image size: 84 MB, 12 MB more than before");
    expect(said(84_400_000, -2_500_000)).toBe("Image size: 84 MB, 2.5 MB less than before");
    expect(said(84_400_000, -999)).toBe("Image size: 84 MB, as before");
    expect(said(null, null)).toBe("");
  });

  test("names sizes and times as people read them", () => {
    expect([0, 999, 1000, 84_400_000, 1_240_000_000].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 KB",
      "84 MB",
      "1.2 GB",
    ]);
    expect([formatStep(3.44, String), formatStep(65, (seconds) => `${seconds} seconds`)]).toEqual([
      "3.4 s",
      "65 seconds",
    ]);
  });
});
