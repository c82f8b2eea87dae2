import { askedBy } from "@slipway/text/health-check";
import { imageDefaults, type Settings } from "./app.ts";

/** The part of an image's configuration that settings may come from, in the words of Docker's additions to OCI's. */
export interface ImageConfig {
  /** Of `EXPOSE`: `8080/tcp`. Podman keeps a range as it is: `8000-8002/tcp`. */
  readonly exposed: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** Of `HEALTHCHECK`: its words, the first of them `CMD`, `CMD-SHELL` or `NONE`; none: there is no such. */
  readonly healthCheck: readonly string[];
}

/** Settings that an image says; `null`: it does not say that one, or is not asked for it. */
export interface ImageSettings {
  readonly port: number | null;
  readonly health_check_path: string | null;
}

/** What settings an app leaves to its image come to, and what is reported of it, in sentences. */
interface Said extends ImageSettings {
  readonly lines: readonly string[];
}

/** A debugger's: of Go, Java, Python and Node.js. */
const debuggers = [2345, 5005, 5678, 9229];

/** What an image says of the settings that its app leaves to it. */
export function settingsOfImage(config: ImageConfig, asked: Settings["from_image"]): Said {
  const check = checkOf(config);
  const port = asked.includes("port") ? portOf(config, check) : nothing;
  const path = asked.includes("health_check_path") ? pathOf(config, check) : nothing;
  return { port: port.value, health_check_path: path.value, lines: [...port.lines, ...path.lines] };
}

/** The same of an image that cannot be read: the release does not wait for what it says. */
export function settingsOfUnreadImage({ from_image, port, health_check_path }: Settings): Said {
  const own = { port: `port ${port}`, health_check_path: `the health check path ${health_check_path}` };
  const used = from_image.map((name) => own[name]).join(" and ");
  const line = `The registry did not say what the image exposes and how its health is checked. Using ${used}. Set them on the app to use others, or deploy again.`;
  return { port: null, health_check_path: null, lines: [line] };
}

interface Found<Value> {
  readonly value: Value | null;
  readonly lines: readonly string[];
}

const nothing = { value: null, lines: [] } as const;

type Check = ReturnType<typeof askedBy>;

function portOf({ exposed, env }: ImageConfig, check: Check): Found<number> {
  const ports = exposed
    .flatMap((one) => (/^\d{1,5}(-\d{1,5})?(\/tcp)?$/.test(one) ? [Number.parseInt(one, 10)] : []))
    .filter((port) => port >= 1 && port <= 65_535)
    .toSorted((one, other) => one - other);
  const named = [check?.port, Number(variable(env, "PORT"))].find((port) => ports.includes(port ?? Number.NaN));
  const port = named ?? ports.find((one) => !debuggers.includes(one)) ?? ports[0];
  if (port === undefined) return nothing;
  const line =
    ports.length === 1
      ? `Using port ${port}, which the image exposes.`
      : `Using port ${port} of those that the image exposes (${ports.join(", ")}). Set the app's port to use another.`;
  return { value: port, lines: [line] };
}

function pathOf({ healthCheck }: ImageConfig, check: Check): Found<string> {
  if (check !== null)
    return {
      value: check.path,
      lines: [`Using the health check path ${check.path} from the image's HEALTHCHECK.`],
    };
  if (!isCheck(healthCheck)) return nothing;
  const usual = imageDefaults.health_check_path;
  return {
    value: null,
    lines: [
      `The image's HEALTHCHECK requests no path over HTTP. Using the health check path ${usual}: set the app's if it is another.`,
    ],
  };
}

const isCheck = ([kind = "NONE"]: ImageConfig["healthCheck"]): boolean => kind !== "NONE";

/** A path with variables is not known before it runs. */
function checkOf({ healthCheck }: ImageConfig): Check {
  const check = isCheck(healthCheck) ? askedBy(healthCheck.slice(1).join(" ")) : null;
  return check === null || /[^\x21-\x7e]|\$/.test(check.path) || check.path.length > 500 ? null : check;
}

const variable = (env: ImageConfig["env"], name: string): string | undefined =>
  env.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

/** Settings with what the image says in the place of what the app does not. */
export const withImage = (settings: Settings, said: ImageSettings | null): Settings => ({
  ...settings,
  port: said?.port ?? settings.port,
  health_check_path: said?.health_check_path ?? settings.health_check_path,
});
