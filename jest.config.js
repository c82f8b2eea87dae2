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
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts", "**/*.test.tsx"],
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: { "^.+\\.ts$": stripped(false), "^.+\\.tsx$": stripped(true) },
  reporters: ["default", "<rootDir>/test/support/counts-reporter.js"],
  modulePathIgnorePatterns: ["<rootDir>/cdk.out", "<rootDir>/dist", "<rootDir>/.slipway"],
  // Journeys mostly wait: for a build, a health check, a timer.
  maxWorkers: "100%",
  testTimeout: 90_000,
};
