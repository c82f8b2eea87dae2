import { paginateListSchedules, type SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";
import type { SchedulesOptions } from "./schedules.ts";

/** The schedules of crons. All in the group are the installation's own. */
export function scheduleFinder(
  client: SchedulerClient,
  { group: GroupName, namePrefix }: Pick<SchedulesOptions, "group" | "namePrefix">,
): Finder {
  const named = new RegExp(`^${namePrefix}-(\\d+)-`);
  return {
    kind: "schedule",
    find: async () => {
      const made: Made[] = [];
      for await (const { Schedules = [] } of paginateListSchedules({ client }, { GroupName }))
        for (const { Name = "", CreationDate } of Schedules) {
          const app = named.exec(Name)?.[1];
          made.push({
            name: Name,
            app_id: app === undefined ? null : Number(app),
            made_at: CreationDate?.toISOString() ?? null,
          });
        }
      return made;
    },
  };
}
