import { outdatedTags, ownerOf, repositoriesOf } from "../../../lib/core/images.ts";
import type { History } from "../history.ts";
import type { Complain } from "../report.ts";
import type { Inside } from "./inside.ts";

/** After everything has ended and the process too: nothing is left that nobody owns, and nothing still to be done. */
export function judgeOrphans(inside: Inside, history: History, complain: Complain): void {
  const living = inside.rows("Tablesapps").filter(({ kind }) => kind === "app");
  judgeRows(inside, complain);
  judgeBuilds(inside, complain);
  judgeReleases(inside, new Map(living.map((app) => [app.id, app.live_deployment_id])), complain);
  judgeImages(inside, living, complain);
  judgeMessages(inside, complain);
  for (const app of history.apps.filter(({ deleted }) => deleted)) {
    if (living.some(({ id }) => id === app.id)) complain("a deleted app is still there", app.name);
  }
}

function judgeRows(inside: Inside, complain: Complain): void {
  for (const row of inside.rows("Tablesdeployments").filter(({ item }) => item === "state")) {
    const { id, outbox, lease, build, release, open } = row;
    // One that did not go live is polled for a lease's time more: by design, and it ends by itself.
    const isConfirmed = outbox.length > 0 && outbox.every(({ type }: { type: string }) => type === "confirm_stopped");
    if (!isConfirmed && (outbox.length > 0 || open !== undefined))
      complain("an outbox is not empty", `${id}: ${JSON.stringify(outbox)}`);
    if (!isConfirmed && lease !== null && lease !== undefined)
      complain("a lease is left", `${id}: ${JSON.stringify(lease)}`);
    if (build?.running || release?.running)
      complain("a row says that something runs", `${id}: ${JSON.stringify({ build, release })}`);
  }
  for (const row of inside.rows("Tablesdeployments").filter(({ item }) => item.startsWith("viewer#"))) {
    if (row.expires_at === undefined) complain("a connection's row never expires", JSON.stringify(row));
  }
  const apps = inside.rows("Tablesapps");
  const living = new Set(apps.filter(({ kind }) => kind === "app").map(({ key }) => key));
  for (const { kind, key, ...row } of apps) {
    if (kind === "lane" && (row.running !== null || row.waiting !== null || !living.has(key)))
      complain("a lane is not empty", `${key}: ${JSON.stringify(row)}`);
    if (kind === "builds" && (row.running.length > 0 || row.waiting.length > 0))
      complain("a build slot is taken", JSON.stringify(row));
    if (
      (kind === "branch" && !living.has(key)) ||
      (kind === "name" && !living.has(String(row.app_id).padStart(12, "0")))
    )
      complain("a row of a deleted app is left", `${kind} ${key}`);
  }
}

function judgeBuilds(inside: Inside, complain: Complain): void {
  for (const { id, status, currentPhase } of inside.documents("codebuild-builds")) {
    if (currentPhase !== "COMPLETED") complain("a build still runs", `${id}: ${status} in ${currentPhase}`);
  }
  for (const name of inside.names("codebuild")) complain("the file tree of a gone build is left", name);
  for (const name of inside.names("ecs", "tasks")) complain("the file tree of a gone task is left", name);
}

const idIn = (name: string): number => Number(/slipway-(?:[0-9a-f]{8}-)?(\d+)/.exec(name)?.[1]);

/** Each app has one service, two target groups, one listener and two rules from its first release on; all others have none. */
function judgeReleases(inside: Inside, live: ReadonlyMap<number, number | null>, complain: Complain): void {
  const services = inside.documents("ecs.services").filter(({ status }) => status !== "INACTIVE");
  for (const { name, status, deployment } of services) {
    if (!live.get(idIn(name))) complain("a service has no release", `${name} is ${status}`);
    if (deployment !== null) complain("a service deployment still runs", `${name}: ${deployment}`);
  }
  for (const [app, deployment] of live) {
    const own = services.filter(({ name }) => idIn(name) === app);
    if (deployment !== null && own.length !== 1) complain("a release has no service", `app ${app}: ${own.length}`);
  }
  const running = inside.documents("ecs.tasks").filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  for (const { arn, serviceName, taskDefinition } of running) {
    const service = services.find(({ name }) => name === serviceName);
    if (service === undefined || service.taskDefinition !== taskDefinition)
      complain("a task belongs to no release", `${arn} of ${serviceName}`);
  }
  const groups = inside.documents("elb.targetGroups");
  for (const [name, number] of Map.groupBy(groups, ({ name }) => idIn(name)))
    if (!live.has(name) || number.length !== 2) complain("target groups are left", `app ${name}: ${number.length}`);
  const listeners = inside.documents("elb.listeners");
  const owners = new Map(inside.documents("elb.tags").map((tags) => [tags.key, tags["slipway:app"]]));
  for (const { arn } of listeners) {
    const owner = Number(owners.get(arn));
    if (!live.has(owner)) complain("a listener is left", `${arn} of app ${owner}`);
    const rules = inside.documents("elb.rules").filter(({ listenerArn }) => listenerArn === arn);
    if (rules.length !== 2) complain("a listener has other rules than its two", `${arn}: ${rules.length}`);
  }
  for (const { arn, listenerArn } of inside.documents("elb.rules"))
    if (!listeners.some((one) => one.arn === listenerArn)) complain("a rule has no listener", arn);
  for (const alarm of inside.documents("cloudwatch.alarms"))
    if (!live.has(idIn(alarm.key))) complain("an alarm is left", alarm.key);
  for (const { Name } of inside.documents("schedules")) if (!live.has(idIn(Name))) complain("a schedule is left", Name);
  judgeTaskDefinitions(inside, live, complain);
}

function judgeTaskDefinitions(inside: Inside, live: ReadonlyMap<number, number | null>, complain: Complain): void {
  const active = inside.documents("ecs.taskDefinitions").filter(({ status }) => status === "ACTIVE");
  for (const { arn, family } of active)
    if (!live.has(idIn(family))) complain("a task definition of a deleted app is left", arn);
  const deploymentOf = ({ container }: { container: { environment: { name: string; value: string }[] } }) =>
    container.environment.find(({ name }) => name === "SLIPWAY_DEPLOYMENT_ID")?.value;
  for (const [deployment, ofOne] of Map.groupBy(active, deploymentOf))
    if (ofOne.length > 1) complain("a release registered two task definitions", `${deployment}: ${ofOne.length}`);
}

/** Of the local mode's stack, in whose name the repositories lie. */
const place = "slipway";

function judgeImages(
  inside: Inside,
  living: readonly { readonly id: number; readonly live_deployment_id: number | null }[],
  complain: Complain,
): void {
  const images: { digest: string; tags: string[]; repositoryName: string }[] = [...inside.documents("ecr-images")];
  for (const { name } of inside.documents("ecr-repositories"))
    if (!living.some(({ id }) => ownerOf(place, name) === id)) complain("a repository is left", name);
  const digests = new Set(images.map(({ digest }) => digest.replace("sha256:", "")));
  for (const name of inside.names("images"))
    if (!digests.has(name)) complain("the file tree of a gone image is left", name);
  const releases = inside.rows("Tablesreleases");
  for (const { id, live_deployment_id } of living) {
    const kept = releases.filter(({ app_id }) => app_id === id).map(({ image_digest }) => image_digest);
    const ofApp = images.filter(({ repositoryName }) => repositoryName === repositoriesOf(place, id).images);
    for (const digest of kept)
      if (!ofApp.some((image) => image.digest === digest))
        complain("the image of a kept release is gone", `app ${id}: ${digest}`);
    const tags = outdatedTags(ofApp, { before: live_deployment_id ?? 0, kept });
    for (const tag of tags) complain("an image that nobody needs is left", tag);
  }
  for (const { app_id } of releases)
    if (!living.some(({ id }) => id === app_id)) complain("a release of a deleted app is left", String(app_id));
}

/** What somebody gave up goes to a queue of its own, which people have to look at. */
const givenUp = /Failed|Undelivered|Unrecorded/;

function judgeMessages(inside: Inside, complain: Complain): void {
  for (const { queue, body } of inside.messages)
    if (givenUp.test(queue)) complain("a message was given up", `${queue}: ${body}`);
}
