const current = () => process[Symbol.for("slipway.test-globals")];

/** A function of the test file that runs, with its properties (`test.each`), for modules that are evaluated once for all files. */
const ofTheFile = (name) =>
  new Proxy(() => undefined, {
    apply: (_target, _this, args) => current()[name](...args),
    get: (_target, key) => current()[name][key],
  });

export const afterAll = ofTheFile("afterAll");
export const afterEach = ofTheFile("afterEach");
export const beforeAll = ofTheFile("beforeAll");
export const beforeEach = ofTheFile("beforeEach");
export const describe = ofTheFile("describe");
export const expect = ofTheFile("expect");
export const test = ofTheFile("test");
