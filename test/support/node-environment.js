/**
 * Jest's environment for tests that run in Node.js itself, without a context of their own: see `node-runtime.js`. What a file changes in
 * the process is undone after it, so that no file depends on what ran before it.
 */
export default class NodeEnvironment {
  global = globalThis;
  #undo = undoChanges();

  async setup() {}

  async teardown() {
    this.#undo();
  }

  getVmContext() {
    return null;
  }

  exportConditions() {
    return ["node", "node-addons"];
  }
}

/** Remembers what files share: globals, environment variables, the working directory, listeners of the process. */
function undoChanges() {
  const globals = new Map(Reflect.ownKeys(globalThis).map((key) => [key, descriptorOf(globalThis, key)]));
  const exit = descriptorOf(process, "exit");
  const environment = { ...process.env };
  const directory = process.cwd();
  const listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
  return () => {
    for (const [key, before] of globals) {
      if (before.value !== descriptorOf(globalThis, key)?.value) Reflect.defineProperty(globalThis, key, before);
    }
    Object.defineProperty(process, "exit", exit);
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    if (process.cwd() !== directory) process.chdir(directory);
    for (const name of process.eventNames()) {
      const before = listeners.get(name) ?? [];
      for (const one of process.rawListeners(name)) if (!before.includes(one)) process.removeListener(name, one);
    }
  };
}

const descriptorOf = (object, key) => Object.getOwnPropertyDescriptor(object, key);
