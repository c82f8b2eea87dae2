import type { Container } from "./model.ts";

export interface TaskOrder {
  readonly taskId: string;
  readonly taskArn: string;
  readonly container: Container;
  /** What all of it may use, in MB. */
  readonly memoryMb: number;
  /** 1024 are one processor. */
  readonly cpuUnits: number;
  readonly executionRoleArn: string | undefined;
  readonly taskRoleArn: string | undefined;
  /** One call a piece of output; lines are whole, without their line end. */
  readonly onLines: (lines: readonly string[]) => void;
}

export interface TaskEnd {
  /** As docker says it: 128 and the signal's number for one that was killed. */
  readonly exitCode: number;
  /** Why it was killed, in the words of ECS's container reason; absent when it ended by itself or was stopped. */
  readonly reason?: string;
}

/** What a task uses: the CPU time since its start, or how many processors it keeps busy at the moment. */
export type TaskUse = { readonly memoryBytes: number } & (
  | { readonly cpuSeconds: number }
  | { readonly processors: number }
);

export interface RunningTask {
  /** The port on 127.0.0.1 where the container is reached; absent: its task definition maps none. */
  readonly port?: number;
  /** The port as the app knows it, where that is not the one of its container. */
  readonly portInside?: number;
  /** Calls back when the app is to be reached on another port of 127.0.0.1 from now on, since it listens there. */
  onMoved?(listen: (port: number) => void): void;
  readonly exited: Promise<TaskEnd>;
  /** The CPU time that it has used so far, in seconds. */
  cpuSeconds?(): number;
  /** `undefined`: it cannot be told, or it has ended. */
  use(): Promise<TaskUse | undefined>;
  /** The image's stop signal, SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

/** A connection to this machine, by its far end and the port here. */
interface Connection {
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
}

/** Runs the container of a task. */
export interface TaskRunner {
  /** Throws {@link TaskStartError} for what is wrong with the task itself. */
  start(order: TaskOrder): Promise<RunningTask>;
  /** Whether that connection was opened by a task that runs. */
  isFromTask(connection: Connection): Promise<boolean>;
  /** Removes what tasks left behind that were killed together with the local mode. */
  sweep(): Promise<void>;
}

/** Why a task could not start, in the words of ECS's `stoppedReason`. */
export class TaskStartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TaskStartError";
  }
}

/** In ECS's words: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html */
export const cannotPull = (image: string): TaskStartError =>
  new TaskStartError(
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`,
  );
