const one: Readonly<Record<string, string>> = {
  env: "variable",
  secrets: "secret",
  build_args: "build argument",
  build_secrets: "build secret",
};
const all: Readonly<Record<string, string>> = {
  env: "variables",
  build_args: "build arguments",
  build_secrets: "build secrets",
};

/** A setting as the API names it, in words: `env.GREETING` is `variable GREETING`, `startup_seconds` is `startup seconds`. */
export function settingName(name: string): string {
  const [setting = "", ...within] = name.split(".");
  if (within.length === 0) return all[setting] ?? setting.replaceAll("_", " ");
  return `${one[setting] ?? setting.replaceAll("_", " ")} ${within.join(".")}`;
}
