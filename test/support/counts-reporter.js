import { relative } from "node:path";

/** The run's last lines: each test that failed, and true counts, with a suite that could not be loaded counted as a failure. */
export default class CountsReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const lines = [...failures(results), `${results.numPassedTests} passed, ${failed} failed`];
    process.on("exit", () => process.stdout.write(`${lines.join("\n")}\n`));
  }
}

const failures = ({ testResults }) =>
  testResults.flatMap(({ testFilePath, testExecError, testResults: tests }) => {
    const file = relative(process.cwd(), testFilePath);
    const names = tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
    return [...(testExecError ? ["it could not be loaded"] : []), ...names].map((name) => `Failed: ${file}: ${name}`);
  });
