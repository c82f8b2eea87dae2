// `npm run pictures`: takes the pictures of the README from a real run of the local mode, and writes them to docs/images.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { apiAt } from "../support/api.ts";
import { openBrowser, visit } from "../support/browser.ts";
import { deploy, ends } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, repository, startLocalMode } from "../support/local-mode.ts";
import { animated, type Frame } from "./apng.ts";
import { terminalPage } from "./terminal.ts";

const root = resolve(import.meta.dirname, "../..");
const images = join(root, "docs/images");
const example = join(root, "examples/hello");
/** Shown in the logs: a path that says nothing of whose machine it was. */
const repositories = "/tmp/slipway-pictures";
const size = { width: 1100, height: 688 };
/** Of the capture, whose pictures are many. */
const smallSize = { width: 880, height: 550 };
const mostFrames = 16;

type Api = ReturnType<typeof apiAt>;

const files = Object.fromEntries(
  readdirSync(example, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [name, readFileSync(join(example, name), "utf8")]),
);

interface Shown {
  readonly id: number;
  commit(change: Readonly<Record<string, string>>, message: string): string;
}

/** An app of the example, and where it is committed to. */
async function shownApp(api: Api, name: string): Promise<Shown> {
  const made = repository(files);
  const path = join(repositories, name);
  renameSync(made.path, path);
  const { body } = await api.post("/api/apps", { name, repoUrl: `file://${path}`, healthCheckPath: "/healthz" });
  const git = promisify(execFile);
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  await git("git", [...identity, "commit", "--amend", "--quiet", "--message", "Say hello"], { cwd: path });
  return {
    id: body.data.id,
    commit: (change, message) => {
      renameSync(path, made.path);
      try {
        return made.commit(change, message);
      } finally {
        renameSync(made.path, path);
      }
    },
  };
}

async function pageOf(browser: Browser, theme: "light" | "dark", viewport = size): Promise<Page> {
  return (await visit(browser, { theme, size: viewport })).page;
}

/** Waits until the page of a deployment that succeeded shows all of it. */
async function settled(page: Page): Promise<void> {
  await page.getByText(/^Deployment succeeded in /).waitFor();
  await page.getByText("Log complete", { exact: true }).waitFor();
  await page.getByRole("log").getByText("Deployment succeeded").waitFor();
  await page.getByText(/^Changes since/).waitFor();
  await page.getByRole("link", { name: "shop", exact: true }).waitFor();
  await page.getByText("Live", { exact: true }).first().waitFor();
}

/** Deploys by the page, and keeps a picture of each moment that looks different from the one before. */
async function captured(page: Page, app: string): Promise<readonly Frame[]> {
  const frames: Buffer[] = [];
  const keep = async () => {
    const png = await page.screenshot();
    if (!frames.at(-1)?.equals(png)) frames.push(png);
  };
  await page.goto(app);
  await page.getByText(/^Live on/).waitFor();
  await page.getByText("Live", { exact: true }).nth(1).waitFor();
  await keep();
  await page.getByRole("button", { name: /^Deploy/ }).click();
  await page
    .getByRole("dialog")
    .getByText(/^Changes since/)
    .waitFor();
  await keep();
  await page.getByRole("dialog").getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL("**/deployments/*");
  const outcome = page.getByText(/^Deployment succeeded in /);
  while (!(await outcome.isVisible())) {
    await keep();
    await page.waitForTimeout(250);
  }
  await settled(page);
  await keep();
  const last = frames.length - 1;
  const [first, second, ...others] = frames;
  const between = others.slice(0, -1);
  const step = Math.max(1, between.length / (mostFrames - 3));
  const chosen = between.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const shown = [first, second, ...chosen, frames[last]].filter((png) => png !== undefined);
  return shown.map((png, index) => ({ png, ms: index < 2 ? 1_500 : index === shown.length - 1 ? 4_000 : 500 }));
}

/** What the command line prints of a deployment, with the colours of a terminal. It ends with 1 after one that failed. */
function watched(local: LocalMode, id: number): Promise<string> {
  const words = [join(root, "bin/cli.ts"), "watch", String(id), "--url", local.url];
  const options = { cwd: repositories, env: { ...process.env, FORCE_COLOR: "1" } };
  return new Promise((done, fail) => {
    execFile(process.execPath, words, options, (error, stdout, stderr) => {
      if (error === null || error.code === 1) done(stdout + stderr);
      else fail(error);
    });
  });
}

const save = (name: string, content: Buffer): void => writeFileSync(join(images, name), content);

async function takeAll(local: LocalMode, browser: Browser): Promise<void> {
  const api = apiAt(local.url);
  const shop = await shownApp(api, "shop");
  const blog = await shownApp(api, "blog");
  await ends(api, await deploy(api, shop.id));
  await ends(api, await deploy(api, blog.id));
  shop.commit({ "notes.txt": "greet\n" }, "Greet customers by name");
  const page = await pageOf(browser, "light", smallSize);
  save("deploy.png", animated(await captured(page, `${local.url}/apps/${shop.id}`)));
  const id = Number(/\/deployments\/(\d+)/.exec(page.url())?.[1]);

  blog.commit(
    { Dockerfile: `${files.Dockerfile ?? ""}\nRUN node --test missing.test.js\n` },
    "Run the tests in the build",
  );
  const failed = await deploy(api, blog.id);
  await ends(api, failed);
  for (const theme of ["light", "dark"] as const) {
    const still = await pageOf(browser, theme);
    await still.goto(`${local.url}/deployments/${id}`);
    await settled(still);
    save(`deployment-${theme}.png`, await still.screenshot());
  }
  const overview = await pageOf(browser, "light");
  await overview.goto(local.url);
  await overview.getByText(/failed while building/).waitFor();
  await overview.getByText("Live", { exact: true }).waitFor();
  save("apps.png", await overview.screenshot({ clip: { x: 0, y: 0, width: size.width, height: 360 } }));
  const terminal = await pageOf(browser, "dark");
  await terminal.setContent(terminalPage(`slipway watch ${failed}`, await watched(local, failed)));
  save("watch.png", await terminal.locator("pre").screenshot());
}

mkdirSync(images, { recursive: true });
removeDirectory(repositories);
mkdirSync(repositories);
const local = await startLocalMode();
const browser = await openBrowser();
try {
  await takeAll(local, browser);
} finally {
  await browser.close();
  await local.stop();
  removeDirectory(local.data);
  removeDirectory(repositories);
}
