import { setTimeout as pause } from "node:timers/promises";
import { expectThat } from "./expect.ts";
import type { SmokeStep } from "./step.ts";

export const check: readonly SmokeStep[] = [
  {
    name: "no-orphans",
    phase: "check",
    minutes: 1,
    needs: null,
    expects: "Nothing that was made for the app that was deleted is left, and everything else belongs to an app.",
    run: async ({ name, session, signal }) => {
      const { client } = await session();
      const { checked_at: before } = await client.findOrphans();
      for (;;) {
        const { checked_at, orphans, unchecked } = await client.showOrphans();
        if (checked_at !== before) {
          expectThat(unchecked.length === 0, `These could not be looked for: ${listed(unchecked)}`);
          expectThat(orphans.length === 0, `These belong to no app: ${listed(orphans)}`);
          return `Every resource that ${name} made at run time belongs to an app.`;
        }
        await pause(1_000, undefined, { signal });
      }
    },
  },
];

const listed = (found: readonly object[]): string => found.map((one) => Object.values(one).join(" ")).join(", ");
