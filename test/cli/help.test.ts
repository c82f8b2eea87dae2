import { expect, test } from "@jest/globals";
import type { Command } from "../../packages/cli/src/command/command.ts";
import { tree } from "../../packages/cli/src/tree.ts";

const all = (command: Command): readonly Command[] => [command, ...(command.commands ?? []).flatMap(all)];

test.each(all(tree).map((command) => [command.name, command] as const))("help of %s is plain", (_name, command) => {
  // Imperative: "List apps", neither "lists apps" nor "Lists apps".
  expect(command.summary).toMatch(/^[A-Z][a-z]*[a-rt-z] /);
  for (const { summary } of [...(command.arguments ?? []), ...(command.options ?? [])]) {
    expect(summary).toMatch(/^[A-Z]/);
    expect(summary).not.toMatch(/\.$/);
  }
});
