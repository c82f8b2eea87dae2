import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { type Measure, measures } from "../../lib/core/measure.ts";

/** A function's logger and metrics, and the middleware that every function wears: a request id on each line, a metric for each cold start. */
export function observed() {
  const logger = new Logger();
  // That an invocation had nothing to count is not worth a line in the log each time.
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error };
  const metrics = new Metrics({ logger: quiet });
  const measure: Measure = (name, value) => metrics.addMetric(name, measures[name].unit, value);
  return {
    logger,
    metrics,
    measure,
    middleware: [
      injectLambdaContext(logger, { resetKeys: true }),
      logMetrics(metrics, { captureColdStartMetric: true }),
    ],
  };
}
