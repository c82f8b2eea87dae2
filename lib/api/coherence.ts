import { posix } from "node:path";
import type { Settings } from "../core/app.ts";
import type { Detail } from "./errors.ts";

type Judged = Pick<Settings, "env" | "secrets" | "port" | "root_dir" | "dockerfile">;

/** Slipway sets these itself, and ECS refuses a task whose secret has the name of a variable. */
const isReserved = (name: string): boolean => name === "PORT" || name.startsWith("SLIPWAY_");

/** What is wrong with settings that are right each by itself. */
export function objectionsTo({ env, secrets, port, root_dir, dockerfile }: Judged): readonly Detail[] {
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
  ];
}

const isInside = (path: string): boolean => path !== ".." && !path.startsWith("../");
