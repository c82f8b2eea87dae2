import type { App } from "@slipway/monitor/client";
import { commandLine } from "@slipway/text/words";

type Fact = readonly [name: string, value: string];

/** Of the API's answer, what changes by itself. */
const notSettings = new Set([
  "id",
  "url",
  "direct_url",
  "warnings",
  "former_names",
  "live_deployment_id",
  "pinned",
  "pinned_by",
  "paused",
  "pending_changes",
  "webhook_url",
  "badge_url",
  "created_at",
]);

/** An app in lines: where it is first, then its settings by the names of their flags. */
export function shownSettings(app: App): readonly Fact[] {
  const head: Fact[] = [
    ["id", String(app.id)],
    ["address", [app.url, app.direct_url].filter((url) => url !== null).join("  or  ") || "not deployed yet"],
    ...app.warnings.map((warning): Fact => ["warning", warning]),
    ["live", app.live_deployment_id === null ? "nothing" : `deployment ${app.live_deployment_id}`],
    [
      "held",
      app.pinned
        ? `yes, by ${app.pinned_by ?? "a rollback"}: pushes wait for a deployment by hand, or slipway apps unpin`
        : "no",
    ],
    ["paused", app.auto_deploy ? "no" : `yes${app.paused === null ? "" : `, by ${app.paused.by} at ${app.paused.at}`}`],
    ["not live yet", app.pending_changes.length === 0 ? "nothing" : app.pending_changes.join(", ")],
    ["webhook", app.webhook_url ?? "unknown"],
  ];
  return [...head, ...settingFacts(app)];
}

/** What is different, old → new. Of a secret only that it was set, by its name among `secrets`. */
export function changes(
  before: App,
  after: App,
  secrets: readonly string[],
  buildSecrets: readonly string[],
): readonly Fact[] {
  const old = new Map(settingFacts(before));
  const now = new Map(settingFacts(after));
  const different = [...new Set([...old.keys(), ...now.keys()])].flatMap((name): Fact[] => {
    const [from, to] = [old.get(name), now.get(name)];
    return from === to ? [] : [[name, `${from ?? "–"} → ${to ?? "–"}`]];
  });
  const replaced = secrets.filter((name) => before.secrets.includes(name) && after.secrets.includes(name));
  const ofBuilds = buildSecrets.filter(
    (name) => before.build_secrets.includes(name) && after.build_secrets.includes(name),
  );
  const names = [...replaced.map((name) => `secret ${name}`), ...ofBuilds.map((name) => `build-secret ${name}`)];
  return [...different, ...names.map((name): Fact => [name, "has a new value"])];
}

function settingFacts(app: App): Fact[] {
  const { secrets, build_secrets, notifications, processes, crons, domains, github: _, ...others } = app;
  return [
    ...Object.entries(others).flatMap(([field, value]) => (notSettings.has(field) ? [] : factsOf(field, value))),
    ...processes.map((process): Fact => [`process ${process.name}`, processLine(process)]),
    ...crons.map((cron): Fact => [`cron ${cron.name}`, cronLine(cron)]),
    ...secrets.map((name): Fact => [`secret ${name}`, "set"]),
    ...domains.map(({ name, state }): Fact => [`domain ${name}`, state]),
    ...build_secrets.map((name): Fact => [`build-secret ${name}`, "set"]),
    ...notifications.map(
      ({ type, to, host, events }): Fact => [`notify ${type}`, `${to ?? host}: ${events.join(", ")}`],
    ),
  ];
}

function processLine({ command, instances, cpu, memory, stop_seconds, order }: App["processes"][number]): string {
  const own = [
    cpu === null ? null : `cpu ${cpu}`,
    memory === null ? null : `memory ${memory}`,
    stop_seconds === null ? null : `stop-seconds ${stop_seconds}`,
    order === "after" ? null : "starts before web",
  ].filter((one) => one !== null);
  const more = own.length === 0 ? "" : ` (${own.join(", ")})`;
  return `${instances} × ${commandLine(command)}${more}`;
}

const cronLine = ({ schedule, timezone, command }: App["crons"][number]): string =>
  `${schedule} ${timezone}: ${commandLine(command)}`;

function factsOf(field: string, value: unknown): Fact[] {
  const name = field.replaceAll("_", "-");
  if (Array.isArray(value)) return [[name, value.length === 0 ? "none" : value.join(", ")]];
  if (field === "scaling") return [[name, scalingOf(value)]];
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, entry]): Fact[] => {
    if (field === "env") return [[`env ${key}`, String(entry)]];
    if (field === "build_args") return [[`build-arg ${key}`, String(entry)]];
    if (key === "type") return [[name, String(entry)]];
    const inner = typeof entry === "object" && entry !== null ? Object.values(entry).join(" answers ") : String(entry);
    return [[key.replaceAll("_", "-"), inner]];
  });
}

function scalingOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return "none";
  const { min, max, cpu_percent, requests_per_task } = value as NonNullable<App["scaling"]>;
  const by = cpu_percent === null ? `${requests_per_task} requests a minute each` : `${cpu_percent} % CPU`;
  return `${min} to ${max} at ${by}`;
}
