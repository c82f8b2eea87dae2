import { type Client, createClient } from "@slipway/monitor/client";
import { configurationPath, readConfiguration } from "./configuration/file.ts";
import { chooseServer, type Server } from "./configuration/server.ts";
import { UsageError } from "./failure.ts";
import { LocalToken, localPort, refusalBy } from "./local-mode.ts";
import { type Color, colorsOf, isColoured } from "./output/colors.ts";
import type { TableFormat } from "./output/table.ts";
import { wrapped } from "./terminal/width.ts";
import type { World } from "./world.ts";

/** What may stand on each command line. */
export interface GlobalOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What every command works with. */
export class Context {
  readonly world: World;
  /** The output is for a script. */
  readonly json: boolean;
  readonly color: Color;
  readonly #options: GlobalOptions;
  readonly #localToken: LocalToken;
  #server: Server | null = null;
  #client: Client | null = null;

  constructor(world: World, options: GlobalOptions) {
    this.world = world;
    this.json = options.json === true;
    this.color = colorsOf(!this.json && isColoured(world));
    this.#options = options;
    this.#localToken = new LocalToken(world.localAccess);
  }

  get configurationPath(): string {
    return configurationPath(this.world);
  }

  get server(): Server {
    const { url, token } = this.#options;
    const given = { url, token, env: this.world.env };
    this.#server ??= chooseServer(given, readConfiguration(this.configurationPath));
    return this.#server;
  }

  /** A token of the command line or the environment, whatever server it is for. */
  get givenToken(): string | null {
    return this.#options.token ?? (this.world.env.SLIPWAY_TOKEN || null);
  }

  get client(): Client {
    this.#client ??= this.clientOf(this.server);
    return this.#client;
  }

  clientOf({ url, token }: Server): Client {
    const port = localPort(url);
    const own = port === null ? undefined : () => this.#localToken.of(port);
    return createClient({ ...this.world.surroundings, baseUrl: url, token: token ?? own });
  }

  /** Why the server, if it is a local mode on this machine, does not let this user in without a token; `null`: nothing is wrong there. */
  async localRefusal(): Promise<ReturnType<typeof refusalBy>> {
    const port = localPort(this.server.url);
    return port === null ? null : refusalBy(await this.#localToken.ask(port));
  }

  get format(): TableFormat {
    const { out } = this.world;
    return {
      columns: out.isTerminal ? out.columns() : undefined,
      dim: (text) => this.color("dim", text),
    };
  }

  /** A result. */
  print(text: string): undefined {
    this.world.out.write(text);
  }

  /** A result as JSON: over several lines for people, on one where a program reads. */
  printJson(value: unknown): undefined {
    this.print(`${JSON.stringify(value, null, this.world.out.isTerminal ? 2 : undefined)}\n`);
  }

  /** Something beside the result, which is not for scripts. */
  note(text: string): undefined {
    const { err } = this.world;
    const columns = err.isTerminal ? err.columns() : undefined;
    err.write(`${columns === undefined ? text : wrapped(text, columns)}\n`);
  }

  /** Whether to go on. Where nobody can be asked, whoever wrote the command must have said so with `--yes`. */
  async confirm(question: string, isSaid: boolean, initially = true): Promise<boolean> {
    if (isSaid) return true;
    if (this.world.questions === null || this.json)
      throw new UsageError(
        "Nothing was done: confirmation is required.",
        "Use --yes to continue without confirmation.",
      );
    return this.world.questions.confirm(question, initially);
  }
}
