import { readFileSync } from "node:fs";
import { createRequire, enableCompileCache, registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transformSync } from "@swc/core";

/**
 * A Jest runtime that leaves the loading of modules to Node.js: a worker evaluates each module once, not once for each test file, and
 * without Jest's contexts, in which modules load and run more slowly. Its price: modules keep their state from file to file, and
 * `jest.mock` cannot replace any. The tests need neither.
 */
class NodeRuntime {
  /** Loads Jest's test framework anew: it keeps the state of one test file. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[Symbol.for("EVENT_HANDLERS")];
    return require(path);
  }

  setGlobalsForRuntime(globals) {
    process[testGlobals] = globals;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    return import(pathToFileURL(path).href);
  }

  requireModule(path) {
    return require(path);
  }

  getSourceMaps() {
    return new Map();
  }

  getAllCoverageInfoCopy() {}

  enterTestCode() {}

  leaveTestCode() {}

  teardown() {
    delete process[testGlobals];
  }
}

const require = createRequire(import.meta.url);

// Workers are told of it by their environment; where Jest needs none, this process was not.
enableCompileCache(process.env.NODE_COMPILE_CACHE);

/** Where the running file's `test`, `expect` … are, for `jest-globals.js`. */
const testGlobals = Symbol.for("slipway.test-globals");

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals"
      ? { url: new URL("jest-globals.js", import.meta.url).href, format: "module", shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) => (url.endsWith(".tsx") ? loadTsx(fileURLToPath(url)) : next(url, context)),
});

/** Node.js strips types but knows no JSX. */
function loadTsx(path) {
  const { code } = transformSync(readFileSync(path, "utf8"), {
    filename: path,
    configFile: false,
    swcrc: false,
    sourceMaps: "inline",
    module: { type: "es6" },
    jsc: {
      target: "es2024",
      experimental: { keepImportAttributes: true },
      parser: { syntax: "typescript", tsx: true },
      transform: { react: { runtime: "automatic" } },
    },
  });
  return { format: "module", source: code, shortCircuit: true };
}

export { NodeRuntime as "module.exports" };
