import type { Container } from "./model.ts";

export interface TaskOrder {
  readonly taskId: string;
  readonly taskArn: string;
  readonly container: Container;
  readonly executionRoleArn: string | undefined;
  readonly taskRoleArn: string | undefined;
  /** One call a piece of output; lines are whole, without their line end. */
  readonly onLines: (lines: readonly string[]) => void;
}

export interface RunningTask {
  /** The port on 127.0.0.1 where the container is reached. */
  readonly port: number;
  /** The exit code as docker says it: 128 and the signal's number for one that was killed. */
  readonly exited: Promise<number>;
  /** The image's stop signal, SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

/** Runs the container of a task. */
export interface Engine {
  /** Throws {@link TaskStartError} for what is wrong with the task itself. */
  start(order: TaskOrder): Promise<RunningTask>;
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
