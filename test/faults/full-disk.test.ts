import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../support/deploying.ts";
import {
  eventually,
  type LocalMode,
  removeDirectory,
  startLocalMode,
  temporaryDirectory,
} from "../support/local-mode.ts";

/** Only root may mount; whoever is not tests the same by injected failures, in test/local-aws/kernel/storage.test.ts. */
const mayMount = process.getuid?.() === 0 && process.platform === "linux";

(mayMount ? describe : describe.skip)("a disk that fills up under a running local mode", () => {
  const disk = temporaryDirectory();
  const ballast = join(disk, "ballast");
  let local: LocalMode;
  let api: ReturnType<typeof apiAt>;
  let shop: string;
  const acknowledged: number[] = [];

  const fill = (leave: number): void => {
    const { bavail, bsize } = statfsSync(disk);
    try {
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave), 1));
    } catch (error) {
      // Somebody else took the last of it meanwhile, which is as good.
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  };
  const accepted = (name: string) => api.post("/api/apps", { name, repoUrl: "https://git.invalid/one.git" });

  beforeAll(async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=160m", "tmpfs", disk]);
    local = await startLocalMode({ data: join(disk, "data"), args: ["--minute", "10s"] });
    api = apiAt(local.url);
    const app = await registerApp(api, healthyApp("one"), { name: "shop", healthCheckPath: "/healthz" });
    expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
    shop = await addressOf(api, app.id);
  });

  afterAll(async () => {
    await local?.stop();
    execFileSync("umount", ["-l", disk]);
    removeDirectory(disk);
  });

  test("is reported, refuses every change with a sentence, and leaves what runs alone", async () => {
    // Just above the mark below which changes are refused beforehand, so that the writes themselves meet the end of the disk.
    fill(0);
    const refused = await eventually(
      "a change is refused",
      async () => {
        const answer = await accepted(`app-${acknowledged.length}`);
        if (answer.status === 201) acknowledged.push(answer.body.data.id);
        return answer.status === 503 ? answer : undefined;
      },
      180,
    );
    expect(refused.body).toMatchObject({
      success: false,
      code: "storage_unavailable",
      error: expect.stringContaining(disk),
    });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect(local.output().match(/The disk .* is full/g)).toHaveLength(1);
    for (let n = 0; n < 20; n++) {
      expect((await accepted(`no-${n}`)).status).toBe(503);
      expect((await fetch(shop)).status).toBe(200);
    }
    expect((await api.get("/api/apps")).status).toBe(200);
    expect(local.process.exitCode).toBeNull();
  });

  test("goes on by itself once there is room, and has everything that it acknowledged", async () => {
    rmSync(ballast);
    await eventually("changes are accepted", async () => ((await accepted("after")).status === 201 ? true : undefined));
    expect((await fetch(shop)).status).toBe(200);
    await local.kill();
    local = await startLocalMode({ data: local.data, args: ["--minute", "10s"] });
    api = apiAt(local.url);
    const ids = (await api.get("/api/apps")).body.data.map(({ id }: { id: number }) => id);
    expect(ids).toEqual(expect.arrayContaining(acknowledged));
    expect(local.output()).not.toContain("has lost");
  });

  test("ends a start with a sentence and 3 when it is full already", async () => {
    const format = (): string => readFileSync(join(local.data, "format"), "utf8");
    const before = format();
    await local.stop();
    fill(0);
    await expect(startLocalMode({ data: local.data })).rejects.toThrow(
      /ended with 3:[\s\S]*The disk of the data directory/,
    );
    rmSync(ballast);
    local = await startLocalMode({ data: local.data });
    expect(format()).toBe(before);
  });
});
