import type { LocalContext } from "../../kernel/part.ts";
import type { Service, ServiceDeployment, Task } from "./model.ts";
import type { Store } from "./store.ts";
import { showTask } from "./task-shape.ts";

const MAX_EVENTS = 100;

type DeploymentEvent = "SERVICE_DEPLOYMENT_IN_PROGRESS" | "SERVICE_DEPLOYMENT_COMPLETED" | "SERVICE_DEPLOYMENT_FAILED";

/** Emits the events of ECS: into the list of a service, and onto the event bus. */
export interface EcsEventEmitter {
  /** Adds `(service <name>) <text>` to the service's events. */
  addServiceEvent(serviceArn: string, text: string): void;
  deploymentChanged(
    service: Service,
    deployment: Pick<ServiceDeployment, "startedBy">,
    name: DeploymentEvent,
    reason: string,
  ): void;
  taskChanged(task: Task): void;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function createEcsEventEmitter(context: LocalContext, store: Store): EcsEventEmitter {
  const { clock, emit, randomHex } = context;
  return {
    addServiceEvent: (serviceArn, text) => {
      const service = store.service(serviceArn);
      const event = { id: randomHex(32), createdAt: clock.now(), message: `(service ${service.name}) ${text}` };
      store.change(service, { events: [event, ...service.events].slice(0, MAX_EVENTS) });
    },
    deploymentChanged: (service, { startedBy }, eventName, reason) =>
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
    taskChanged: (task) =>
      emit({
        source: "aws.ecs",
        "detail-type": "ECS Task State Change",
        resources: [task.arn],
        detail: showTask(store, task, iso),
      }),
  };
}
