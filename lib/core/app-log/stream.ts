/** Whose output a stream of an app's log group has. */
export interface StreamSource {
  /** `web`. */
  readonly process: string;
  /** `null`: the stream is none of Slipway's. */
  readonly deployment_id: number | null;
  /** The task's id in ECS. */
  readonly task: string;
}

/** What the streams of a process of a release begin with; ECS adds `/<container>/<task>`. */
export const streamPrefix = (process: string, deploymentId: number): string => `${process}/${deploymentId}`;

const shape = /^([^/]+)\/([1-9]\d{0,14})\/[^/]+\/([^/]+)$/;

/** Reads the name of a stream. */
export function sourceOf(stream: string): StreamSource {
  const [, process, deployment, task] = shape.exec(stream) ?? [];
  if (process === undefined || deployment === undefined || task === undefined)
    return { process: "", deployment_id: null, task: stream };
  return { process, deployment_id: Number(deployment), task };
}
