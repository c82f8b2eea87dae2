/**
 * What reads Git itself, which is a third of a bundle: loaded when a repository is first asked about that does not lie on GitHub,
 * and never while others wait for a cold start.
 */
export const byNeed = {
  file: () => import("./file.ts"),
  smartHttp: () => import("./smart-http.ts"),
  blobless: () => import("./blobless.ts"),
  commitPack: () => import("./commit-pack.ts"),
} as const;
