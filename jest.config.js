import { availableParallelism } from "node:os";
import { join } from "node:path";

// Tests start many programs of this checkout: each reads what the first compiled.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node");

/** Plain ESM: swc strips the types, Node runs the modules. */
const stripped = (tsx) => [
  "@swc/jest",
  {
    jsc: {
      target: "es2024",
      experimental: { keepImportAttributes: true },
      parser: { syntax: "typescript", tsx },
      transform: { react: { runtime: "automatic" } },
    },
    module: { type: "es6" },
  },
];

export default {
  testEnvironment: "<rootDir>/test/support/plain-environment.js",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts", "**/*.test.tsx"],
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: { "^.+\\.ts$": stripped(false), "^.+\\.tsx$": stripped(true) },
  reporters: ["default", "<rootDir>/test/support/counts-reporter.js"],
  modulePathIgnorePatterns: ["<rootDir>/cdk.out", "<rootDir>/dist", "<rootDir>/.slipway"],
  testSequencer: "<rootDir>/test/support/longest-first.js",
  // Journeys mostly wait: for a build, a health check, a timer. Jest knows no share above 100 %.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testTimeout: 240_000,
};
