import { availableParallelism } from "node:os";
import { join } from "node:path";

// Tests start many programs of this checkout: each reads what the first compiled.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node");

export default {
  runtime: "<rootDir>/test/support/node-runtime.js",
  testEnvironment: "<rootDir>/test/support/node-environment.js",
  transform: {},
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts", "**/*.test.tsx"],
  // They need a container engine: `npm run test:engines` makes a machine that has one.
  testPathIgnorePatterns: process.env.SLIPWAY_TEST_ENGINE ? [] : ["<rootDir>/test/engines/"],
  reporters: ["default", "<rootDir>/test/support/durations-reporter.js", "<rootDir>/test/support/counts-reporter.js"],
  modulePathIgnorePatterns: ["<rootDir>/cdk.out", "<rootDir>/dist", "<rootDir>/.slipway"],
  testSequencer: "<rootDir>/test/support/longest-first.js",
  // Journeys mostly wait: for a build, a health check, a timer. Jest knows no share above 100 %.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // What waits has a deadline of its own, which says for what. This is for what hangs.
  testTimeout: 600_000,
};
