import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Settings } from "../../lib/core/app.ts";
import {
  configurationText,
  releasedSettings,
  settingsThat,
  withSettingsOf,
} from "../../lib/core/configuration/configuration.ts";
import { differences, pendingChanges } from "../../lib/core/configuration/differences.ts";
import { noConfigurations, numberOf } from "../../lib/core/configuration/numbers.ts";
import {
  buildSecretParameter,
  isSecretParameter,
  secretParameter,
} from "../../lib/core/configuration/secret-parameter.ts";
import { someApp, someSettings } from "../support/deployments.ts";

const word = fc.stringMatching(/^[A-Z]{1,3}$/);
const variables = fc.dictionary(word, word);
/** Settings that differ in what releases and builds take, and in what neither does. */
const settings: fc.Arbitrary<Settings> = fc
  .record({
    env: variables,
    secrets: fc.uniqueArray(word),
    secret_versions: variables,
    port: fc.integer({ min: 1, max: 3 }),
    instances: fc.integer({ min: 1, max: 2 }),
    build_args: variables,
    build_secrets: fc.uniqueArray(word),
    build_secret_versions: variables,
    approval: fc.constantFrom("none", "required"),
    name: word,
  })
  .map((change) => {
    const versionsOf = (names: readonly string[], versions: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(versions).filter(([name]) => names.includes(name)));
    return someSettings({
      ...change,
      secret_versions: versionsOf(change.secrets, change.secret_versions),
      build_secret_versions: versionsOf(change.build_secrets, change.build_secret_versions),
    });
  });

test("an app's row keeps of a release all that builds and releases take", () => {
  expect(Object.keys(releasedSettings(someSettings())).sort()).toEqual([...settingsThat("build", "release")].sort());
});

describe("a configuration", () => {
  test("is the same whatever the order of its names, and whatever is set that no release takes", () => {
    fc.assert(
      fc.property(settings, settings, (one, other) => {
        const reversed = {
          ...other,
          ...withSettingsOf(other, one, "release"),
          env: Object.fromEntries(Object.entries(one.env).reverse()),
          secrets: one.secrets.toReversed(),
        };
        expect(configurationText(reversed)).toBe(configurationText(one));
      }),
    );
  });

  test("is another one exactly where a setting of releases differs", () => {
    fc.assert(
      fc.property(settings, settings, (one, other) => {
        const release: readonly string[] = settingsThat("release");
        const found = differences(releasedSettings(one), releasedSettings(withSettingsOf(other, one, "build")));
        expect(found.some(({ name }) => release.includes(name) || !(name in one))).toBe(
          configurationText(one) !== configurationText(other),
        );
      }),
    );
  });

  test("has one number for as long as it is kept, and no other has it", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (hashes) => {
        let known = noConfigurations;
        const numbers = new Map<string, number>();
        for (const hash of hashes) {
          const { number, next } = numberOf(known, hash);
          expect(numbers.get(hash) ?? number).toBe(number);
          numbers.set(hash, number);
          known = next ?? known;
        }
        expect(new Set(numbers.values()).size).toBe(numbers.size);
        expect(known.last).toBe(numbers.size);
      }),
    );
  });

  test("that is older than the last thousand gets a new number, and no number comes twice", () => {
    let known = noConfigurations;
    for (let index = 0; index < 1100; index++) known = numberOf(known, `hash-${index}`).next ?? known;
    expect(Object.keys(known.numbers)).toHaveLength(1000);
    expect(numberOf(known, "hash-1099").number).toBe(1100);
    expect(numberOf(known, "hash-0").number).toBe(1101);
  });
});

describe("differences", () => {
  test("of the same settings there are none, and what is taken over from another leaves none", () => {
    fc.assert(
      fc.property(settings, settings, (one, other) => {
        const same = releasedSettings(withSettingsOf(other, one, "build", "release"));
        expect(differences(releasedSettings(one), same)).toEqual([]);
      }),
    );
  });

  test("show of variables those that differ, and of a secret its name alone", () => {
    const before = someSettings({
      env: { LEVEL: "info", SAME: "1", OLD: "x" },
      secrets: ["KEY", "GONE"],
      secret_versions: { KEY: "a", GONE: "b" },
      build_secrets: ["pip", "same"],
      build_secret_versions: { pip: "a", same: "a" },
    });
    const after = someSettings({
      env: { LEVEL: "debug", SAME: "1", NEW: "y" },
      secrets: ["KEY", "MORE"],
      secret_versions: { KEY: "c", MORE: "c" },
      port: 4000,
      build_secrets: ["pip", "same", "npm"],
      build_secret_versions: { pip: "b", same: "a", npm: "b" },
      strategy: { type: "blue_green", bake_minutes: 0 },
    });
    expect(differences(releasedSettings(before), releasedSettings(after))).toEqual([
      { name: "pip", changed: true },
      { name: "npm", changed: true },
      { name: "port", before: 3000, after: 4000 },
      { name: "env", before: { LEVEL: "info", OLD: "x" }, after: { LEVEL: "debug", NEW: "y" } },
      { name: "KEY", changed: true },
      { name: "GONE", changed: true },
      { name: "MORE", changed: true },
      { name: "strategy", before: { type: "rolling" }, after: { type: "blue_green", bake_minutes: 0 } },
    ]);
  });

  test("wait for the next release by the names of their settings; where nothing is live, nothing waits", () => {
    const live = someSettings({ secrets: ["KEY"], secret_versions: { KEY: "a" } });
    const app = someApp({
      settings: { ...live, env: { LEVEL: "debug" }, secret_versions: { KEY: "b" }, approval: "required" },
      live_deployment_id: 9,
      live_name: live.name,
      live_settings: releasedSettings(live),
    });
    expect(pendingChanges(app)).toEqual(["env", "secrets"]);
    expect(pendingChanges({ ...app, settings: { ...live, name: "store" } })).toEqual(["name"]);
    expect(pendingChanges({ ...app, settings: live })).toEqual([]);
    expect(pendingChanges({ ...app, live_deployment_id: null, live_settings: null })).toEqual([]);
  });
});

test("secrets of an app's tasks and builds are told from each other and from its Git token", () => {
  const versions = ["0123456789abcdef", undefined];
  for (const version of versions) {
    for (const name of ["KEY", "build", "_1"]) expect(isSecretParameter(secretParameter(name, version))).toBe(true);
    for (const name of ["npm", "a.b", "npm-rc", "KEY.a"])
      expect(isSecretParameter(buildSecretParameter(name, version))).toBe(true);
  }
  const parameters = versions.flatMap((version) => [
    ...["build", "npm"].map((name) => secretParameter(name, version)),
    ...["build", "npm", "npm.0123456789abcdef"].map((name) => buildSecretParameter(name, version)),
  ]);
  expect(new Set(parameters).size).toBe(parameters.length);
  expect(isSecretParameter("git-token")).toBe(false);
});
