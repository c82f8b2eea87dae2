/** What the files of a folder may import beside each other. */
export interface ImportRule {
  /** Folders and files of the repository. */
  readonly imports: readonly string[];
  /** Packages that it must not import although others do, as patterns. */
  readonly without?: readonly string[];
  /** What the linter answers. */
  readonly because: string;
}

const client = "packages/monitor/src/client";
const text = "packages/text";
const stages = "packages/monitor/src/stages.ts";

const node = "node:*";
const sdk = ["@aws-sdk/**"];
const inFunctions = ["@aws-lambda-powertools/**", "@middy/**"];
const cdk = ["aws-cdk-lib", "aws-cdk-lib/**", "constructs"];

/**
 * The one table of who may import whom. The linter's restrictions (`biome.imports.json`) are generated from it, the test of imports
 * checks it on resolved paths, and the map in CONTRIBUTING.md has to agree. The longest prefix of a file's path is its folder.
 */
export const importRules: Readonly<Record<string, ImportRule>> = {
  [text]: {
    imports: [],
    without: [node, ...sdk, ...inFunctions, ...cdk],
    because: "@slipway/text imports nothing.",
  },
  "packages/monitor": {
    imports: [client, text],
    without: [node, ...sdk, ...inFunctions, ...cdk],
    because: "@slipway/monitor runs in other people's pages: it imports nothing of Slipway's own.",
  },
  "packages/monitor/vite.config.ts": { imports: [], because: "The monitor's build knows nothing but the monitor." },
  [client]: {
    imports: [stages],
    without: [node, "react", "react-dom", ...sdk, ...inFunctions, ...cdk],
    because: "The client has no dependencies, and knows nothing of the components.",
  },
  "packages/local-aws": {
    imports: [text],
    without: cdk,
    because: "@slipway/local-aws knows AWS and the template, and nothing of Slipway.",
  },
  "packages/cli": {
    imports: [client, "lib/contract", text],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "The command line knows Slipway as every client does: by @slipway/monitor/client and lib/contract.",
  },
  "lib/core": {
    imports: [stages, text],
    without: [node, "@octokit/**", ...sdk, ...inFunctions, ...cdk],
    because: "lib/core is pure: it imports only itself, zod, @slipway/text and the table of stages.",
  },
  "lib/contract": {
    imports: ["lib/core", text],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "lib/contract has schemas only: it imports lib/core and @slipway/text.",
  },
  "lib/adapters": {
    imports: ["lib/core", text],
    without: ["@middy/**", ...cdk],
    because: "An adapter implements ports of lib/core, and knows nothing above them.",
  },
  "lib/api": {
    imports: ["lib/contract", "lib/core", text],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "lib/api reaches AWS through the ports of lib/core, and is given their adapters.",
  },
  "lib/build": {
    imports: ["lib/adapters", "lib/contract", "lib/core", text],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "lib/build imports lib/contract, lib/core, adapters for Git and HTTP, and @slipway/text.",
  },
  functions: {
    imports: ["lib/adapters", "lib/api", "lib/contract", "lib/core", text],
    without: cdk,
    because:
      "A function wires lib/api and lib/core to adapters. Nothing that runs in one knows the template, the local mode, the dashboard or the command line.",
  },
  "lib/infra": {
    imports: [
      "lib/adapters/dynamodb/keys.ts",
      "lib/adapters/ecr/docker-actions.ts",
      "lib/api",
      "lib/core",
      "lib/docs-site/sources.ts",
      stages,
    ],
    because:
      "The template takes facts from lib/core, lib/api, the keys of the tables, the addresses of the documentation and the table of stages, and code as bundles.",
  },
  "lib/documents": {
    imports: ["lib/api"],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "The documents are made from lib/api.",
  },
  "lib/dashboard": {
    imports: ["lib/contract", "packages/monitor", text],
    without: [node, ...sdk, ...inFunctions, ...cdk],
    because: "The dashboard knows Slipway as every page does: by @slipway/monitor, and by the schemas of lib/contract.",
  },
  "lib/dashboard/vite.config.ts": {
    imports: [],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "The dashboard's build knows nothing but the dashboard.",
  },
  "lib/docs-site": {
    imports: [],
    without: [...sdk, ...inFunctions, ...cdk],
    because: "The site of the documentation is made from Markdown alone.",
  },
  "lib/checkout": {
    imports: ["packages/local-aws"],
    without: cdk,
    because: "lib/checkout builds what a checkout needs: it imports child processes only.",
  },
  "lib/operator": {
    imports: ["lib/adapters", "lib/infra/installation.ts"],
    without: ["aws-cdk-lib", "aws-cdk-lib/**"],
    because: "lib/operator imports adapters and the facts of an installation only.",
  },
  "lib/smoke": {
    imports: ["lib/infra/installation.ts", "lib/operator", client, text],
    without: ["aws-cdk-lib", "aws-cdk-lib/**"],
    because: "lib/smoke uses Slipway as people do: by the client, and by what npm run deploy and npm run uninstall do.",
  },
  "lib/local-mode": {
    imports: ["lib/adapters", "lib/api", "lib/checkout", "lib/core", "packages/cli", "packages/local-aws", client],
    without: ["aws-cdk-lib", "aws-cdk-lib/**"],
    because: "The local mode runs the template: what is in it reaches the local mode as bundles.",
  },
  opinions: { imports: [], because: "The opinions of other tools need nothing of Slipway." },
  bin: {
    imports: [
      "lib/checkout",
      "lib/docs-site",
      "lib/documents",
      "lib/infra",
      "lib/local-mode",
      "lib/operator",
      "lib/smoke",
      "opinions",
      "packages",
    ],
    because: "bin starts what lib and packages have: it has no logic of its own.",
  },
};

/** The names by which the packages of this repository are imported. */
const packageNames: readonly (readonly [folder: string, patterns: readonly string[]])[] = [
  [text, ["@slipway/text/**"]],
  ["packages/monitor", ["@slipway/monitor/**"]],
  [client, ["@slipway/monitor/client"]],
  [stages, ["@slipway/monitor/stages"]],
  ["packages/local-aws", ["@slipway/local-aws/**"]],
  ["packages/cli", ["slipway/**"]],
];

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** How files outside of a folder of `lib`, or of `functions`, name what is in it, whatever their own depth. */
const pathPattern = (folder: string): string =>
  `**/${folder.replace(/^lib\//, "")}${folder.endsWith(".ts") ? "" : "/**"}`;

/**
 * The folders whose imports the linter can tell from a folder's own: it sees only what an import says, such as `../api/client.ts`.
 * `has` says whether a folder has a subfolder of that name.
 */
export function distinguishable(folder: string, has: (path: string) => boolean): readonly string[] {
  return Object.keys(importRules).filter(
    (other) =>
      /^(lib\/[^/]+|functions)$/.test(other) && other !== folder && !has(`${folder}/${other.replace(/^lib\//, "")}`),
  );
}

/** What an import in this folder may not name, in the syntax of gitignore. */
function restricted(folder: string, { imports, without = [] }: ImportRule, has: (path: string) => boolean) {
  const mayImport = (other: string): boolean => imports.some((one) => isIn(other, one));
  const isPackage = folder.startsWith("packages/");
  const folders = distinguishable(folder, has).filter((other) => !mayImport(other));
  const files = imports.filter((path) => path.startsWith("lib/") && path.endsWith(".ts"));
  const named = packageNames.filter(([of]) => imports.some((one) => isIn(of, one))).flatMap(([, patterns]) => patterns);
  return [
    ...without,
    "@slipway/**",
    "slipway/**",
    ...named.map((pattern) => `!${pattern}`),
    ...(isPackage
      ? [
          "../**/lib/**",
          "../**/functions/**",
          "../**/bin/**",
          ...imports.filter((one) => one.startsWith("lib/")).map((one) => `!**/${one}/**`),
        ]
      : [...folders.map(pathPattern), ...files.map((file) => `!${pathPattern(file)}`)]),
  ];
}

/** The linter's share of the table. */
export function linterOverrides(has: (path: string) => boolean): unknown {
  const rules = Object.entries(importRules).filter(([folder]) => folder !== "bin");
  const overrides = rules.map(([folder, rule]) => ({
    includes: [folder.endsWith(".ts") ? folder : `${folder}/**`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: {
            level: "error",
            options: { patterns: [{ group: restricted(folder, rule, has), message: rule.because }] },
          },
        },
      },
    },
  }));
  return { $schema: "./node_modules/@biomejs/biome/configuration_schema.json", overrides };
}
