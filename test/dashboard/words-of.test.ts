import { expect, test } from "@jest/globals";
import { wordsOf } from "../../lib/dashboard/apps/runs/words-of.ts";

test.each([
  ["npm run seed", ["npm", "run", "seed"]],
  ["  sh -c 'a && b'  ", ["sh", "-c", "a && b"]],
  ['echo "a \\"b\\" c" d\\ e', ["echo", 'a "b" c', "d e"]],
  ["node --x='1 2'", ["node", "--x=1 2"]],
  ["", []],
])("the words of %j are %j", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});
