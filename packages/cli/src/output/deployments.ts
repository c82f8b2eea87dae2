import {
  type App,
  type Deployment,
  formatDuration,
  headline,
  origin,
  shortHash,
  stageFacts,
} from "@slipway/monitor/client";
import type { Color } from "./colors.ts";
import type { Column } from "./table.ts";
import { ago, stageStyle } from "./words.ts";

/** What a list of deployments shows of each. */
export function deploymentColumns(apps: readonly App[], color: Color, now: number): readonly Column<Deployment>[] {
  const names = new Map(apps.map((app) => [app.id, app.name]));
  const live = new Set(apps.map((app) => app.live_deployment_id));
  return [
    { title: "ID", align: "right", cell: ({ id }) => String(id) },
    { title: "APP", cell: ({ app_id }) => names.get(app_id) ?? `#${app_id}`, goesBelow: true },
    {
      title: "STAGE",
      cell: ({ id, stage, progress }) => {
        if (live.has(id)) return "live";
        return stageFacts[stage].kind === "working" ? `${stage} ${progress} %` : stage;
      },
      style: (text, { stage }) => color(stageStyle(stage), text),
    },
    { title: "COMMIT", cell: ({ commit_hash }) => shortHash(commit_hash) },
    { title: "MESSAGE", cell: headline, shrinksTo: 24 },
    { title: "TOOK", align: "right", cell: ({ duration }) => (duration === null ? "" : formatDuration(duration)) },
    { title: "WHEN", cell: ({ created_at }) => ago(created_at, now) },
    { title: "BY", cell: origin, shrinksTo: 12, optional: true },
  ];
}
