import { expect, test } from "@jest/globals";
import type { Command } from "../../packages/cli/src/command/command.ts";
import { tree } from "../../packages/cli/src/tree.ts";
import { slipway } from "./deps.ts";

test("help shows how the arguments of a command are typed", async () => {
  const { out } = await slipway({}, "--help");
  expect(out).toContain("\n  run <app> -- <command> ");
  expect(out).toContain("\n  deploy [app] ");
  expect((await slipway({}, "env", "diff", "--help")).out).toContain(
    "slipway env diff [options] [app] <file or other app>",
  );
});

const all = (command: Command): readonly Command[] => [command, ...(command.commands ?? []).flatMap(all)];

test.each(all(tree).map((command) => [command.name, command] as const))("help of %s is plain", (_name, command) => {
  // Imperative: "List apps", neither "lists apps" nor "Lists apps".
  expect(command.summary).toMatch(/^[A-Z][a-z]*[a-rt-z] /);
  for (const { summary } of [...(command.arguments ?? []), ...(command.options ?? [])]) {
    expect(summary).toMatch(/^[A-Z]/);
    expect(summary).not.toMatch(/\.$/);
  }
});
