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
