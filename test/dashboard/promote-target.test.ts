// In which app an image is released: never in one that nobody chose.
import { expect, test } from "@jest/globals";
import { promoteTarget } from "../../lib/dashboard/deployments/promote-target.ts";

const staging = { id: 1, repo_url: "https://git.example.com/shop.git" };
const production = { id: 2, repo_url: staging.repo_url };
const other = { id: 3, repo_url: "https://git.example.com/other.git" };

test.each([
  ["the only other app of the repository", [other, staging, production], null, production],
  ["the one that was chosen", [other, staging, production], 3, other],
  ["none that is merely first in the list", [other, staging], null, undefined],
  ["none of several of the repository", [staging, production, { ...production, id: 4 }], null, undefined],
])("%s", (_, apps, chosen, target) => expect(promoteTarget(apps, staging.id, chosen)).toEqual(target));
