import { askedBy } from "@slipway/text/health-check";
import { Arg, DockerfileParser, Env, Healthcheck } from "dockerfile-ast";

export interface Said {
  /** `null`: it says nothing of it. */
  readonly port: number | null;
  readonly healthCheckPath: string | null;
}

/** What the last stage of a Dockerfile says of the container that will run. */
export function readDockerfile(text: string): Said {
  const dockerfile = DockerfileParser.parse(text);
  const instructions = dockerfile.getInstructions();
  const last = instructions.findLastIndex((instruction) => instruction.getKeyword() === "FROM");
  const own = instructions.slice(last + 1);
  const variables = new Map(
    instructions
      .filter((instruction) => instruction instanceof Env || instruction instanceof Arg)
      .flatMap((instruction) => instruction.getProperties())
      .flatMap((property) => {
        // An ARG without a default says nothing, and takes nothing away from one with it before the first stage.
        const value = property.getValue();
        return value === null ? [] : [[property.getName(), value] as const];
      }),
  );
  const exposed = own
    .filter((instruction) => instruction.getKeyword() === "EXPOSE")
    .flatMap((instruction) => instruction.getArguments().map((argument) => argument.getValue()))
    .map((value) => expanded(value, variables))
    // One that only a build knows is the app's all the same, and what follows it is a debugger's or the like.
    .map((value) => (value.includes("$") ? "unknown" : portIn(value)))
    .find((port) => port !== null);
  const check = own.findLast((instruction) => instruction instanceof Healthcheck);
  return {
    port: typeof exposed === "number" ? exposed : portIn(variables.get("PORT") ?? ""),
    healthCheckPath: askedBy(expanded(check?.getRawArgumentsContent() ?? "", variables))?.path ?? null,
  };
}

const expanded = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(/\$(?:\{(\w+)(?::?-[^}]*)?\}|(\w+))/g, (all, braced?: string, bare?: string) => {
    return variables.get(braced ?? bare ?? "") ?? all;
  });

/** `8080/tcp`, `8080`; of a range its first. */
function portIn(text: string): number | null {
  const port = Number(/^(\d{1,5})(-\d+)?(\/tcp)?$/.exec(text.trim())?.[1] ?? Number.NaN);
  return port >= 1 && port <= 65_535 ? port : null;
}
