import { setTimeout as pause } from "node:timers/promises";
import { deleted } from "./apps.ts";
import { expectThat } from "./expect.ts";
import { installedBy, type SmokeStep } from "./step.ts";

export const after: readonly SmokeStep[] = [
  {
    name: "delete-apps",
    phase: "after",
    minutes: 5,
    needs: "server",
    expects: "The apps of the run are deleted; nothing else of the server is touched.",
    run: async (deps) => {
      await Promise.all(["releases", "shifts", "alarms", "builds"].map((suffix) => deleted(deps, suffix)));
      return "The apps of the run are gone.";
    },
  },
  {
    name: "no-orphans",
    phase: "after",
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
  {
    name: "uninstall",
    phase: "after",
    minutes: 10,
    needs: "account",
    expects: "Everything that was installed and made at run time is deleted, the tables included.",
    run: (deps) => installedBy(deps).uninstall(),
  },
  {
    name: "nothing-left",
    phase: "after",
    minutes: 2,
    needs: "account",
    expects: "Nothing in the region has the installation's tag or a name of it any more.",
    run: async (deps) => {
      const left = await installedBy(deps).left();
      expectThat(left.length === 0, `This is left:\n  ${left.join("\n  ")}`);
      return "Nothing is left.";
    },
  },
];

const listed = (found: readonly object[]): string => found.map((one) => Object.values(one).join(" ")).join(", ");
