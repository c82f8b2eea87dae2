import { StringDecoder } from "node:string_decoder";

/** Of longer lines several events are made, as by the log driver where it does not block the app: https://github.com/moby/moby/issues/41794 */
const MAX_LINE = 16 * 1024;

export interface LineCutter {
  push(chunk: Buffer, stream: "stdout" | "stderr"): void;
  /** Hands over what came without a line end. */
  flush(): void;
}

/** Cuts both streams of a process into lines, without mixing them. */
export function cutLines(onLines: (lines: readonly string[]) => void): LineCutter {
  const streams = {
    stdout: { decoder: new StringDecoder("utf8"), rest: "" },
    stderr: { decoder: new StringDecoder("utf8"), rest: "" },
  };
  const isShort = (line: string): boolean => line.length <= MAX_LINE;
  const pieces = (line: string): string[] =>
    isShort(line) ? [line] : [line.slice(0, MAX_LINE), ...pieces(line.slice(MAX_LINE))];
  return {
    push: (chunk, name) => {
      const stream = streams[name];
      const text = stream.rest + stream.decoder.write(chunk);
      // Several times as quick as by an expression, and most lines have no carriage return.
      const lines = text.includes("\r\n") ? text.split(/\r?\n/) : text.split("\n");
      const [first = "", ...more] = pieces(lines.pop() ?? "").reverse();
      stream.rest = first;
      const whole = lines.every(isShort) ? lines : lines.flatMap(pieces);
      whole.push(...more.reverse());
      if (whole.length > 0) onLines(whole);
    },
    flush: () => {
      const rests = Object.values(streams).map((stream) => stream.rest + stream.decoder.end());
      const whole = rests.filter((rest) => rest !== "");
      for (const stream of Object.values(streams)) stream.rest = "";
      if (whole.length > 0) onLines(whole);
    },
  };
}
