import { describe, expect, test } from "@jest/globals";
import { RequestError } from "@slipway/monitor/client";
import fc from "fast-check";
import { exampleApp } from "../../lib/api/openapi/examples.ts";
import { reachOf } from "../../lib/dashboard/apps/form/alarm-reach.ts";
import { type AppDraft, draftOf } from "../../lib/dashboard/apps/form/draft.ts";
import { namesIn, plainNames } from "../../lib/dashboard/apps/form/fields.ts";
import { named, problemAt, problemsOfError } from "../../lib/dashboard/apps/form/problems.ts";
import { proposedName } from "../../lib/dashboard/apps/form/proposed-name.ts";
import { createAppSchema } from "../../lib/dashboard/apps/form/schemas.ts";
import { sections } from "../../lib/dashboard/apps/form/sections.ts";
import { settingsOf } from "../../lib/dashboard/apps/form/settings-of.ts";
import { validateChange, validateNew } from "../../lib/dashboard/apps/form/validate.ts";

const minutes = fc.integer({ min: 1, max: 60 });
const smokeCheck = fc.record({ path: fc.constant("/smoke"), expectStatus: fc.constantFrom(200, 204) });
const strategy = fc.oneof(
  fc.record({ type: fc.constant("rolling"), smokeCheck }, { requiredKeys: ["type"] }),
  fc.record({ type: fc.constant("blue_green"), bakeMinutes: minutes }),
  fc.record({
    type: fc.constant("linear"),
    stepPercent: fc.integer({ min: 3, max: 50 }),
    stepBakeMinutes: minutes,
    bakeMinutes: minutes,
  }),
  fc.record({
    type: fc.constant("canary"),
    percent: fc.integer({ min: 1, max: 50 }),
    canaryBakeMinutes: minutes,
    bakeMinutes: minutes,
  }),
);
const settings = fc
  .record({
    name: fc.constantFrom("shop", "a-b"),
    repoUrl: fc.constant("https://git.example.com/shop.git"),
    port: fc.integer({ min: 1, max: 65535 }),
    env: fc.dictionary(fc.constantFrom("ONE", "TWO", "THREE"), fc.string({ maxLength: 5 })),
    secrets: fc.dictionary(fc.constantFrom("KEY", "PASSWORD"), fc.string({ minLength: 1, maxLength: 5 })),
    buildArgs: fc.dictionary(fc.constantFrom("NODE_VERSION", "MODE"), fc.string({ maxLength: 5 })),
    buildSecrets: fc.dictionary(fc.constantFrom("npm_token"), fc.string({ minLength: 1, maxLength: 5 })),
    buildTarget: fc.constantFrom(null, "web"),
    buildCache: fc.boolean(),
    strategy,
    approvers: fc.uniqueArray(fc.constantFrom("ada", "grace"), { maxLength: 2 }),
    watchPaths: fc.uniqueArray(fc.constantFrom("lib/**", "docs"), { maxLength: 2 }),
    autoRollback: fc.boolean(),
    scaling: fc.constantFrom(null, { min: 1, max: 4, cpuPercent: 60 }, { min: 2, max: 2, requestsPerTask: 100 }),
    role: fc.constantFrom(null, "shop"),
    architecture: fc.constantFrom("x86_64", "arm64"),
    alarms: fc.record({
      errorPercent: fc.constantFrom(null, 0.5, 5, 99),
      latencyMs: fc.option(fc.integer({ min: 1, max: 60_000 })),
    }),
  })
  .map((chosen) => createAppSchema.parse(chosen));

const typed = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value], key) => ({ key, name, value, state: "new" as const }));

function draftWithSecrets({ secrets, buildSecrets, ...rest }: ReturnType<typeof createAppSchema.parse>): AppDraft {
  return { ...draftOf(rest, {}), secrets: typed(secrets), buildSecrets: typed(buildSecrets) };
}

const problemsOf = (draft: AppDraft) => validateNew(draft).problems ?? {};
const draft = draftOf(createAppSchema.parse({ name: "shop", repoUrl: "https://git.example.com/shop.git" }), {
  secrets: ["KEY"],
  buildSecrets: ["npm_token"],
});

describe("the form of an app", () => {
  test("sends what was typed, for whatever the API takes", () => {
    fc.assert(
      fc.property(settings, (chosen) => {
        expect(validateNew(draftWithSecrets(chosen))).toEqual({ input: chosen, problems: null });
      }),
    );
  });

  test("sends of a change only what was changed", () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 65535 }), (chosen, port) => {
        const stored = draftOf(chosen, { secrets: ["KEY"] });
        const changed = validateChange(stored, { ...stored, port: String(port) });
        expect(changed).toEqual({ input: port === chosen.port ? {} : { port }, problems: null });
      }),
    );
  });

  test("reads an app as the API shows it, and sends nothing before anything is typed", () => {
    const strategy = { type: "rolling" as const };
    const app = {
      ...exampleApp,
      strategy,
      from_image: ["port" as const],
      release_command: ["npm", "run", "db migrate"],
    };
    const shown = draftOf(settingsOf(app), {});
    expect(validateChange(shown, shown)).toEqual({ input: {}, problems: null });
    expect(shown).toMatchObject({ port: "", releaseCommand: "npm run 'db migrate'", keepReleases: "10" });
    for (const name of plainNames) expect([name, shown[name]]).toEqual([name, expect.anything()]);
  });

  test("has every plain setting in a section", () => {
    const shown = sections.flatMap(({ name }) => namesIn(name));
    expect(shown.toSorted()).toEqual(plainNames.toSorted());
  });

  test("leaves a port and a health check path that are empty to the image", () => {
    const input = { port: null, healthCheckPath: null };
    expect(validateChange(draft, { ...draft, port: "", healthCheckPath: " " })).toEqual({ input, problems: null });
    const app = createAppSchema.parse({ name: "shop", repoUrl: "https://git.example.com/shop.git", ...input });
    expect(draftOf(app, {})).toMatchObject({ port: "", healthCheckPath: "" });
  });

  test("a secret is replaced or removed by name, and one that is kept is not sent", () => {
    const [kept] = draft.secrets;
    if (kept === undefined) throw new Error("There is no secret.");
    const change = (secret: Partial<typeof kept>) =>
      validateChange(draft, { ...draft, secrets: [{ ...kept, ...secret }] });
    expect(change({})).toMatchObject({ input: {} });
    expect(change({ state: "replaced", value: "new" })).toMatchObject({ input: { secrets: { KEY: "new" } } });
    expect(change({ state: "removed" })).toMatchObject({ input: { secrets: { KEY: null } } });
  });

  test("says what is wrong at the field where it was typed, in the words of a person", () => {
    expect(problemsOf({ ...draft, port: "0" })).toEqual({ port: "must be at least 1" });
    expect(problemsOf({ ...draft, startupSeconds: "" })).toEqual({ startupSeconds: "must be a whole number" });
    expect(problemsOf({ ...draft, port: "3000.5" })).toEqual({ port: "must be a whole number" });
    expect(problemsOf({ ...draft, "alarms.errorPercent": "many" })).toEqual({
      "alarms.errorPercent": "must be a number",
    });
    expect(problemsOf({ ...draft, "alarms.latencyMs": "0" })).toEqual({ "alarms.latencyMs": "must be at least 1" });
    expect(problemsOf({ ...draft, repoUrl: " " })).toHaveProperty("repoUrl");
    expect(problemsOf({ ...draft, healthCheckPath: "healthz" })).toEqual({
      healthCheckPath: "must be a path that begins with /, without blanks and control characters",
    });
    expect(problemsOf({ ...draft, cpu: "256", memory: "30720" })).toHaveProperty("memory");
    const row = { key: 0, name: "PORT", value: "1" };
    expect(problemsOf({ ...draft, env: [row, { ...row, key: 1 }] })).toHaveProperty(["env.PORT"]);
  });

  test("what the server refuses is shown at the field it names, or else for the whole", () => {
    const refusal = (code: string, fields: readonly string[]) =>
      new RequestError(
        422,
        code,
        "The server's sentence.",
        fields.map((field) => ({ field, message: "must be other" })),
      );
    expect(problemsOfError(refusal("invalid_request", ["env.PORT"]), ["env"])).toEqual({ "env.PORT": "must be other" });
    expect(problemsOfError(refusal("invalid_request", ["unknown"]), ["env"])).toEqual({ "": "The server's sentence." });
    expect(problemsOfError(refusal("name_taken", []), ["name"])).toEqual({ name: "The server's sentence." });
    expect(named("Port", "must be at least 1")).toBe("Port must be at least 1.");
    expect(named("Domains", "need an installation")).toBe("Domains need an installation.");
  });

  test("what is wrong with one of several texts in a field is shown at the field", () => {
    const domains = "shop.example.com, not a domain";
    const problems = problemsOf({ ...draft, domains });
    expect(named("Domains", problemAt(problems, "domains", domains))).toBe('"not a domain" is not a host name.');
    expect(problemAt(problems, "approvers", "somebody, else")).toBeUndefined();
    expect(problemAt({ "env.PORT": "must be other" }, "env.PORT", undefined)).toBe("must be other");
  });
});

test("the name that a repository's address suggests is one that the API takes", () => {
  expect(proposedName("https://github.com/you/My_Shop.git")).toBe("my-shop");
  expect(proposedName("/home/you/shop/")).toBe("shop");
  fc.assert(
    fc.property(fc.webUrl(), (url) => {
      const name = proposedName(url);
      if (name !== "") expect(createAppSchema.shape.name.safeParse(name).success).toBe(true);
    }),
  );
});

test.each([
  [{ "strategy.type": "rolling" }, "have no effect"],
  [{ "strategy.type": "blue_green", "strategy.bakeMinutes": "0" }, "have no effect"],
  [{ "strategy.type": "blue_green", "strategy.bakeMinutes": "4" }, "bake for five"],
  [
    { "strategy.type": "canary", "strategy.canaryBakeMinutes": "4", "strategy.bakeMinutes": "1" },
    "roll back a release while it bakes.",
  ],
] as const)("says beside alarms what they see of a release: %j", (change, words) => {
  expect(reachOf({ ...draft, ...change })).toContain(words);
  expect(reachOf({ ...draft, ...change }).includes("bake for five")).toBe(words === "bake for five");
});
