import { type Client, createClient } from "@slipway/monitor/client";
import { configurationPath, readConfiguration } from "../configuration/file.ts";
import { chooseServer, type Server } from "../configuration/server.ts";
import { LocalToken, localPort, refusalBy } from "../local-access/local-mode.ts";
import { type Color, colorsOf, isColoured } from "../output/colors.ts";
import type { TableFormat } from "../output/table.ts";
import type { CliDeps } from "../system/deps.ts";
import { UsageError } from "../system/failure.ts";
import { wrapped } from "../terminal/width.ts";

/** What may stand on each command line. */
export interface GlobalOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What every command works with. */
export class Context {
  readonly deps: CliDeps;
  /** The output is for a script. */
  readonly json: boolean;
  readonly color: Color;
  readonly #options: GlobalOptions;
  readonly #localToken: LocalToken;
  #server: Server | null = null;
  #client: Client | null = null;

  constructor(deps: CliDeps, options: GlobalOptions) {
    this.deps = deps;
    this.json = options.json === true;
    this.color = colorsOf(!this.json && isColoured(deps));
    this.#options = options;
    this.#localToken = new LocalToken(deps.localAccess);
  }

  get configurationPath(): string {
    return configurationPath(this.deps);
  }

  get server(): Server {
    const { url, token } = this.#options;
    const given = { url, token, env: this.deps.env };
    this.#server ??= chooseServer(given, readConfiguration(this.configurationPath));
    return this.#server;
  }

  /** A token of the command line or the environment, whatever server it is for. */
  get givenToken(): string | null {
    return this.#options.token ?? (this.deps.env.SLIPWAY_TOKEN || null);
  }

  get client(): Client {
    this.#client ??= this.clientOf(this.server);
    return this.#client;
  }

  clientOf({ url, token }: Server): Client {
    const port = localPort(url);
    const own = port === null ? undefined : () => this.#localToken.of(port);
    return createClient({ ...this.deps.surroundings, baseUrl: url, token: token ?? own });
  }

  /** Why the server, if it is a local mode on this machine, does not let this user in without a token; `null`: nothing is wrong there. */
  async localRefusal(): Promise<ReturnType<typeof refusalBy>> {
    const port = localPort(this.server.url);
    return port === null ? null : refusalBy(await this.#localToken.ask(port));
  }

  get format(): TableFormat {
    const { out } = this.deps;
    return {
      columns: out.isTerminal ? out.columns() : undefined,
      dim: (text) => this.color("dim", text),
    };
  }

  /** A result. */
  print(text: string): undefined {
    this.deps.out.write(text);
  }

  /** A result as JSON: over several lines for people, on one where a program reads. */
  printJson(value: unknown): undefined {
    this.print(`${JSON.stringify(value, null, this.deps.out.isTerminal ? 2 : undefined)}\n`);
  }

  /** Something beside the result, which is not for scripts. */
  note(text: string): undefined {
    const { err } = this.deps;
    const columns = err.isTerminal ? err.columns() : undefined;
    err.write(`${columns === undefined ? text : wrapped(text, columns)}\n`);
  }

  /** Whether to go on. Where nobody can be asked, whoever wrote the command must have said so with `--yes`. */
  async confirm(question: string, isSaid: boolean, initially = true): Promise<boolean> {
    if (isSaid) return true;
    if (this.deps.questions === null || this.json)
      throw new UsageError(
        "Nothing was done: confirmation is required.",
        "To continue without confirmation, run it again with --yes.",
      );
    return this.deps.questions.confirm(question, initially);
  }
}
