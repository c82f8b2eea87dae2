/** A person at GitHub. The number stays theirs; the name may change, and be somebody else's later. */
interface GitHubAccount {
  readonly id: number;
  readonly login: string;
}

interface Unreachable {
  readonly outcome: "unreachable";
  readonly message: string;
}

type FoundAccount =
  | { readonly outcome: "found"; readonly account: GitHubAccount }
  | { readonly outcome: "unknown" }
  | Unreachable;

type SignedIn =
  | { readonly outcome: "signed_in"; readonly account: GitHubAccount }
  /** GitHub does not take the code: it works once, for ten minutes, for who began. */
  | { readonly outcome: "refused" }
  | Unreachable;

/** Who people are at GitHub. */
export interface GitHubAccounts {
  /** By the name that they have now. */
  find(login: string): Promise<FoundAccount>;
  /** Who came back from GitHub with this code. What it takes to ask that is forgotten at once. */
  signedIn(given: {
    readonly client_id: string;
    readonly client_secret: string;
    readonly code: string;
    readonly redirect_uri: string;
    readonly code_verifier: string;
  }): Promise<SignedIn>;
}
