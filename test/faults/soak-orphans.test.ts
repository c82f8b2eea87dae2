import { expect, test } from "@jest/globals";
import { createHistory } from "../../bench/soak/history.ts";
import type { Inside } from "../../bench/soak/judge/inside.ts";
import { judgeOrphans } from "../../bench/soak/judge/orphans.ts";

type Rows = Record<string, readonly Record<string, unknown>[]>;
const digest = `sha256:${"a".repeat(64)}`;
const environment = [{ name: "SLIPWAY_DEPLOYMENT_ID", value: "4" }];
const state = { id: 4, item: "state", outbox: [], lease: null, build: null, release: { running: false } };

/** One app with one release, and nothing else. */
const tidy = {
  rows: {
    Tablesapps: [
      { kind: "app", key: "000000000001", id: 1, live_deployment_id: 4 },
      { kind: "name", key: "shop", app_id: 1 },
      { kind: "lane", key: "000000000001", running: null, waiting: null },
      { kind: "builds", key: "slots", running: [], waiting: [] },
    ],
    Tablesdeployments: [state],
    Tablesreleases: [{ app_id: 1, deployment_id: 4, image_digest: digest }],
  } as Rows,
  documents: {
    "ecs.services": [{ name: "slipway-1", status: "ACTIVE", deployment: null, taskDefinition: "slipway-1:1" }],
    "ecs.tasks": [{ arn: "t", serviceName: "slipway-1", desiredStatus: "RUNNING", taskDefinition: "slipway-1:1" }],
    "ecs.taskDefinitions": [{ arn: "slipway-1:1", family: "slipway-1", status: "ACTIVE", container: { environment } }],
    "elb.targetGroups": [{ name: "slipway-1" }, { name: "slipway-1-b" }],
    "elb.listeners": [{ arn: "listener" }],
    "elb.rules": [
      { arn: "r1", listenerArn: "listener" },
      { arn: "r2", listenerArn: "listener" },
    ],
    "elb.tags": [{ key: "listener", "slipway:app": "1" }],
    "ecr-repositories": [{ name: "slipway/app-1/images" }, { name: "slipway/app-1/cache" }],
    "ecr-images": [{ repositoryName: "slipway/app-1/images", digest, tags: ["deployment-4-build-1"] }],
  } as Rows,
  messages: [] as Inside["messages"],
  names: { images: ["a".repeat(64)] } as Record<string, readonly string[]>,
};

function complaintsOf({ rows, documents, messages, names }: typeof tidy): string[] {
  const complaints: string[] = [];
  const inside: Inside = {
    rows: (table) => rows[table] ?? [],
    documents: (collection) => documents[collection] ?? [],
    messages,
    names: (...path) => names[path.join("/")] ?? [],
  };
  judgeOrphans(inside, createHistory(), (promise) => void complaints.push(promise));
  return complaints;
}

const withDocument = (collection: string, document: Record<string, unknown>) => ({
  ...tidy,
  documents: { ...tidy.documents, [collection]: [...(tidy.documents[collection] ?? []), document] },
});
const withRow = (table: string, row: Record<string, unknown>) => ({
  ...tidy,
  rows: { ...tidy.rows, [table]: [...(tidy.rows[table] ?? []), row] },
});
const withFile = (directory: string, name: string) => ({
  ...tidy,
  names: { ...tidy.names, [directory]: [...(tidy.names[directory] ?? []), name] },
});

test("an installation in which all is owned is not complained of", () => expect(complaintsOf(tidy)).toEqual([]));

test.each([
  ["an outbox is not empty", withRow("Tablesdeployments", { ...state, outbox: [{ type: "leave_lane" }] })],
  ["a lease is left", withRow("Tablesdeployments", { ...state, lease: { holder: "x" } })],
  ["a row says that something runs", withRow("Tablesdeployments", { ...state, build: { running: true } })],
  ["a connection's row never expires", withRow("Tablesdeployments", { item: "viewer#x" })],
  ["a lane is not empty", withRow("Tablesapps", { kind: "lane", key: "000000000001", running: 4, waiting: null })],
  ["a build slot is taken", withRow("Tablesapps", { kind: "builds", key: "slots", running: [{}], waiting: [] })],
  ["a row of a deleted app is left", withRow("Tablesapps", { kind: "name", key: "gone", app_id: 2 })],
  ["a build still runs", withDocument("codebuild-builds", { id: "b", currentPhase: "BUILD" })],
  ["the file tree of a gone build is left", withFile("codebuild", "b")],
  ["the file tree of a gone task is left", withFile("ecs/tasks", "t")],
  ["the file tree of a gone image is left", withFile("images", "building-x")],
  ["a service has no release", withDocument("ecs.services", { name: "slipway-2", status: "ACTIVE", deployment: null })],
  ["a task belongs to no release", withDocument("ecs.tasks", { desiredStatus: "RUNNING", serviceName: "slipway-2" })],
  [
    "a task definition of a deleted app is left",
    withDocument("ecs.taskDefinitions", { family: "slipway-2", status: "ACTIVE", container: { environment: [] } }),
  ],
  [
    "a release registered two task definitions",
    withDocument("ecs.taskDefinitions", { family: "slipway-1", status: "ACTIVE", container: { environment } }),
  ],
  ["a schedule is left", withDocument("schedules", { Name: "slipway-2-nightly" })],
  ["target groups are left", withDocument("elb.targetGroups", { name: "slipway-2" })],
  ["a listener has other rules than its two", withDocument("elb.rules", { arn: "r3", listenerArn: "listener" })],
  ["a rule has no listener", withDocument("elb.rules", { arn: "r3", listenerArn: "gone" })],
  ["an alarm is left", withDocument("cloudwatch.alarms", { key: "slipway-2-errors" })],
  [
    "an image that nobody needs is left",
    withDocument("ecr-images", {
      repositoryName: "slipway/app-1/images",
      digest: "sha256:b",
      tags: ["deployment-3-build-1"],
    }),
  ],
  ["a repository is left", withDocument("ecr-repositories", { name: "slipway/app-2/cache" })],
  ["a release of a deleted app is left", withRow("Tablesreleases", { app_id: 2, image_digest: digest })],
  [
    "a message was given up",
    { ...tidy, messages: [{ queue: "Slipway-WorkFailedQueue1234", body: "{}", receives: 5 }] },
  ],
])("%s", (promise, broken) => expect(complaintsOf(broken)).toEqual([promise]));
