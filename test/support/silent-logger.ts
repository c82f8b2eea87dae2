import type { Logger } from "../../lib/core/logger.ts";

/** A logger for tests that assert nothing about the log. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };
