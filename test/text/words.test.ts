import { expect, test } from "@jest/globals";
import { commandLine, wordsOf } from "@slipway/text/words";
import fc from "fast-check";

test.each([
  ["npm run seed", ["npm", "run", "seed"]],
  ["  sh -c 'a && b'  ", ["sh", "-c", "a && b"]],
  ['echo "a \\"b\\" c" d\\ e', ["echo", 'a "b" c', "d e"]],
  ["node --x='1 2'", ["node", "--x=1 2"]],
  ["", []],
])("the words of %j are %j", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test("the words of a command line are those that it was made of", () => {
  const word = fc.string({ unit: fc.constantFrom("a", " ", '"', "'", "\\", "\n", "$", "é") });
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(wordsOf(commandLine(words))).toEqual(words);
    }),
  );
});
