import { expect, test } from "@jest/globals";
import { settingName } from "../../lib/dashboard/deployments/setting-name.ts";

test.each([
  ["env", "variables"],
  ["env.MY.NAME", "variable MY.NAME"],
  ["secrets.API_KEY", "secret API_KEY"],
  ["startup_seconds", "startup seconds"],
  ["build_args.MODE", "build argument MODE"],
])("the setting %s is called %s", (name, words) => expect(settingName(name)).toBe(words));
