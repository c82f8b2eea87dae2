/** What somebody may do who has a token. */
export interface Grant {
  readonly repository: string;
  readonly permissions: Readonly<Record<string, string>>;
}

interface FakeStatus {
  readonly repository: string;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly target_url?: string | undefined;
}

interface FakeDeployment {
  readonly id: number;
  readonly repository: string;
  readonly ref: string;
  readonly environment: string;
  readonly task: string;
  readonly description: string;
  readonly payload: unknown;
  readonly statuses: FakeDeploymentStatus[];
}

interface FakeDeploymentStatus {
  readonly state: string;
  readonly description: string;
  readonly log_url?: string | undefined;
  readonly environment_url?: string | undefined;
}

/** A call as it came, with what it was answered. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
  readonly status: number;
}

/** An answer in place of the usual one. */
export interface Trouble {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
}

/** All that this GitHub knows. */
export interface State {
  /** Where the repositories lie, as `owner/name.git`. */
  readonly root: string;
  /** By what each app's signatures are checked. */
  readonly keys: Map<string, string>;
  /** Repositories that the app is installed on, as `owner/name`, with what it may do there. */
  readonly installed: Map<string, Readonly<Record<string, string>>>;
  /** Repositories that were renamed or transferred, by their former `owner/name`. */
  readonly moved: Map<string, { readonly id: number; readonly to: string }>;
  readonly tokens: Map<string, Grant>;
  readonly statuses: FakeStatus[];
  readonly deployments: FakeDeployment[];
  readonly calls: Call[];
  /** Accounts by their names, with their numbers. */
  readonly people: Map<string, number>;
  /** Who sits at the browser. */
  readonly person: { login: string };
  /** What codes of a sign-in are good for, by the code; and tokens that came of them, with whose they are. */
  readonly codes: Map<string, { readonly login: string; readonly challenge: string; readonly redirect_uri: string }>;
}
