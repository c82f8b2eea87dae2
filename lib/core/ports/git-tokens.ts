import type { Which } from "./secrets.ts";

/** What reads a private repository. It is good for one server only. */
export interface GitToken {
  /** `https://gitlab.com`: the token is sent nowhere else. */
  readonly origin: string;
  readonly token: string;
}

/** The tokens that people gave to apps for their repositories. */
export interface GitTokens {
  put(appId: number, token: GitToken, which?: Which): Promise<void>;
  /** `null`: none was given. */
  get(appId: number): Promise<GitToken | null>;
  remove(appId: number): Promise<void>;
}
