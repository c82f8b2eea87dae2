import type { LocalContext } from "../../kernel/part.ts";
import type { Service, ServiceDeployment, Task } from "./model.ts";
import type { Store } from "./store.ts";
import { showTask } from "./task-shape.ts";

const MAX_EVENTS = 100;

type DeploymentEvent = "SERVICE_DEPLOYMENT_IN_PROGRESS" | "SERVICE_DEPLOYMENT_COMPLETED" | "SERVICE_DEPLOYMENT_FAILED";

/** What ECS tells of its doings: the events of a service, and those of the event bus. */
export interface Teller {
  /** Adds `(service <name>) <text>` to the service's events. */
  say(serviceArn: string, text: string): void;
  deployment(
    service: Service,
    deployment: Pick<ServiceDeployment, "startedBy">,
    name: DeploymentEvent,
    reason: string,
  ): void;
  task(task: Task): void;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function createTeller(context: LocalContext, store: Store): Teller {
  const { clock, emit, randomHex } = context;
  return {
    say: (serviceArn, text) => {
      const service = store.service(serviceArn);
      const event = { id: randomHex(32), createdAt: clock.now(), message: `(service ${service.name}) ${text}` };
      store.change(service, { events: [event, ...service.events].slice(0, MAX_EVENTS) });
    },
    deployment: (service, { startedBy }, eventName, reason) =>
      emit({
        source: "aws.ecs",
        "detail-type": "ECS Deployment State Change",
        resources: [service.arn],
        detail: {
          eventType: eventName === "SERVICE_DEPLOYMENT_FAILED" ? "ERROR" : "INFO",
          eventName,
          deploymentId: startedBy,
          updatedAt: iso(clock.now()),
          reason,
        },
      }),
    task: (task) =>
      emit({
        source: "aws.ecs",
        "detail-type": "ECS Task State Change",
        resources: [task.arn],
        detail: showTask(store, task, iso),
      }),
  };
}
