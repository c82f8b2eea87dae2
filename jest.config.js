/** Plain ESM: swc strips the types, Node runs the modules. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  reporters: ["default", "<rootDir>/test/support/counts-reporter.js"],
  modulePathIgnorePatterns: ["<rootDir>/cdk.out", "<rootDir>/.slipway"],
  testTimeout: 30_000,
};
