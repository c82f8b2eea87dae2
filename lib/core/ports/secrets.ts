/** `missing`: what is there already stays as it is. */
export type Which = "all" | "missing";

/** The values of the apps' secrets. Write-only for people; read by running tasks, and by redaction. */
export interface Secrets {
  put(appId: number, values: Readonly<Record<string, string>>, which?: Which): Promise<void>;
  remove(appId: number, names: readonly string[]): Promise<void>;
  /** Everything of an app that no log may show: its Git token too. */
  values(appId: number): Promise<readonly string[]>;
}
