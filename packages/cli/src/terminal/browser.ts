type Run = (program: string, args: readonly string[]) => Promise<{ readonly code: number | null }>;
type Env = Readonly<Record<string, string | undefined>>;

/** Programs that open an address, by platform; the first that is there does. */
const openers: Readonly<Record<string, readonly (readonly [program: string, ...args: string[]])[]>> = {
  darwin: [["open"]],
  win32: [["explorer.exe"]],
  linux: [["xdg-open"], ["wslview"], ["explorer.exe"]],
};

/** Opens a page of the web, or a file of this machine, in the browser. `false`: no program here does. */
export async function openInBrowser(run: Run, platform: string, address: string): Promise<boolean> {
  // An address is no word of a command line, whatever it says.
  if (!/^(https?|file):\/\//.test(address)) return false;
  for (const [program, ...args] of openers[platform] ?? openers.linux ?? []) {
    const { code } = await run(program, [...args, address]);
    // Explorer answers 1 when it has done what it was asked.
    if (code === 0 || (program === "explorer.exe" && code === 1)) return true;
  }
  return false;
}

/** Whether somebody sits at this machine who would see a browser: not over SSH, in CI, or without a screen. */
export function hasScreen(env: Env, platform: string): boolean {
  const isElsewhere = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CI"].some((name) => (env[name] ?? "") !== "");
  if (isElsewhere) return false;
  return (
    platform !== "linux" || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].some((name) => (env[name] ?? "") !== "")
  );
}
