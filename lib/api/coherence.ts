import { posix } from "node:path";
import { isTimezone, nextTime, periodOf, readSchedule } from "@slipway/text/schedule";
import type { Settings } from "../core/app.ts";
import type { Detail } from "./errors.ts";

type Judged = Pick<
  Settings,
  "env" | "secrets" | "port" | "root_dir" | "dockerfile" | "crons" | "internal" | "domains" | "strategy"
>;

/** Slipway sets these itself, and ECS refuses a task whose secret has the name of a variable. */
const isReserved = (name: string): boolean => name === "PORT" || name.startsWith("SLIPWAY_");

/** What is wrong with settings that are right each by itself, at a time. */
export function objectionsTo(
  { env, secrets, port, root_dir, dockerfile, crons, ...rest }: Judged,
  now: string,
): readonly Detail[] {
  const inBoth = secrets.filter((name) => Object.hasOwn(env, name));
  return [
    ...secrets.filter(isReserved).map((name) => ({
      field: `secrets.${name}`,
      message: `must have another name: Slipway sets ${name} itself`,
    })),
    ...inBoth.map((name) => ({
      field: `secrets.${name}`,
      message: "must have another name, or replace the variable of this name: remove it from env",
    })),
    ...Object.entries(env).flatMap(([name, value]) => {
      if (name === "PORT" && value !== String(port))
        return [{ field: "env.PORT", message: `must be removed, or equal the setting port (${port}), which sets it` }];
      if (name !== "PORT" && isReserved(name))
        return [
          { field: `env.${name}`, message: "must have another name: Slipway sets those that begin with SLIPWAY_" },
        ];
      return [];
    }),
    ...(isInside(posix.join(root_dir, dockerfile))
      ? []
      : [{ field: "dockerfile", message: `must be a path inside the repository, seen from rootDir (${root_dir})` }]),
    ...(rest.internal ? objectionsToInternal(rest) : []),
    ...crons.flatMap(({ name, schedule, timezone }, index) =>
      neverComes(schedule, timezone, now)
        ? [{ field: `crons.${index}.schedule`, message: `must come at some time; ${schedule} of ${name} never does` }]
        : [],
    ),
  ];
}

/** What needs somebody outside of the network to reach the app. */
function objectionsToInternal({ domains, strategy }: Pick<Judged, "domains" | "strategy">): readonly Detail[] {
  const onlyApps = "the app is internal, and only apps reach it";
  return [
    ...(domains.length === 0 ? [] : [{ field: "domains", message: `must be empty: ${onlyApps}` }]),
    ...(strategy.smoke_check === undefined
      ? []
      : [{ field: "strategy.smokeCheck", message: `must be left out: ${onlyApps}. Its health check is not affected` }]),
  ];
}

function neverComes(schedule: string, timezone: string, now: string): boolean {
  const read = readSchedule(schedule);
  if ("objection" in read || !isTimezone(timezone) || periodOf(read.expression) !== null) return false;
  return nextTime(read.expression, timezone, Date.parse(now)) === null;
}

const isInside = (path: string): boolean => path !== ".." && !path.startsWith("../");
