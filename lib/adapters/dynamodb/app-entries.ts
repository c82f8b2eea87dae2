import type { App } from "../../core/app.ts";
import { knownRepository, repositoryKey } from "../../core/push/repository.ts";
import { appKeys } from "./keys.ts";

/** Where an app is found other than by its id: an item of its own in the table of the apps, written in one transaction with it. */
export interface Entry {
  readonly kind: string;
  readonly key: string;
  readonly app_id: number;
  /** Whether it is one app's alone, so that the transaction fails where another app has it. */
  readonly isExclusive: boolean;
}

/** Under what an app is found; nothing once it is deleted. */
export function entriesOf(app: App): readonly Entry[] {
  const { id, settings, live_name, deleted_at } = app;
  if (deleted_at !== null) return [];
  const repositories = [repositoryKey(settings.repo_url), knownRepository(app)].filter((key) => key !== null);
  const former = app.former_names.map(({ name }) => name);
  const names = new Set([settings.name, live_name ?? settings.name, ...former]);
  const named = [...names].map((name): Entry => ({ ...appKeys.name(name), app_id: id, isExclusive: true }));
  const leading = repositories.map(
    (key): Entry => ({ ...appKeys.repository(key, id), app_id: id, isExclusive: false }),
  );
  const domains = settings.domains.map((name): Entry => ({ ...appKeys.domain(name), app_id: id, isExclusive: true }));
  return [...named, ...domains, ...leading];
}

const isSame = (one: Entry) => (other: Entry) => one.kind === other.kind && one.key === other.key;

/** The writes that lead from the entries of before to those of after. What is nobody else's is put again: it may be missing. */
export function changeOfEntries(table: string, before: readonly Entry[], after: readonly Entry[]) {
  const put = after
    .filter((entry) => !entry.isExclusive || !before.some(isSame(entry)))
    .map(({ isExclusive, ...Item }) => ({
      Put: { TableName: table, Item, ...(isExclusive ? { ConditionExpression: "attribute_not_exists(kind)" } : {}) },
    }));
  const removed = before
    .filter((entry) => !after.some(isSame(entry)))
    .map(({ kind, key }) => ({ Delete: { TableName: table, Key: { kind, key } } }));
  return [...put, ...removed];
}
