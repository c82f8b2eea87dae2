import { describe, expect, test } from "@jest/globals";
import { imageTag } from "../../lib/core/images.ts";
import type { Images } from "../../lib/core/ports/builds.ts";
import { atOnce, freshId } from "./ports.ts";

/** An implementation of {@link Images}, and how a build puts an image into an app's repository. Answers the image's digest. */
export interface ImagesUnderTest {
  readonly images: Images;
  push(appId: number, content: string, tag: string): Promise<string>;
  /** The same of an image with this configuration, in the words of OCI. */
  pushConfigured(appId: number, config: Readonly<Record<string, unknown>>, tag: string): Promise<string>;
}

/** What every {@link Images} promises. */
export function imagesContract(under: () => ImagesUnderTest): void {
  describe("images", () => {
    test("the repositories of an app are made once, however often and by how many they are asked for", async () => {
      const { images, push } = under();
      const app = freshId();
      expect(await images.list(app)).toEqual([]);
      await atOnce(3, () => images.prepare(app));
      const digest = await push(app, "one", imageTag(7, 1));
      await images.prepare(app);
      expect(await images.list(app)).toEqual([{ digest, tags: [imageTag(7, 1)] }]);
      expect(await images.owners()).toContain(app);
    });

    test("an image goes with its last tag, and those of other apps stay", async () => {
      const { images, push } = under();
      const [one, other] = [freshId(), freshId()];
      await images.prepare(one);
      await images.prepare(other);
      const digest = await push(one, "same", imageTag(1, 1));
      await push(one, "same", imageTag(2, 1));
      await push(other, "same", imageTag(1, 1));
      await images.untag(one, [imageTag(1, 1), "never-there"]);
      expect(await images.list(one)).toEqual([{ digest, tags: [imageTag(2, 1)] }]);
      await images.untag(one, [imageTag(1, 1), imageTag(2, 1)]);
      expect(await images.list(one)).toEqual([]);
      expect(await images.list(other)).toEqual([{ digest, tags: [imageTag(1, 1)] }]);
    });

    test("an image that is adopted stays when what it had before goes; what is gone is not adopted", async () => {
      const { images, push } = under();
      const app = freshId();
      expect(await images.adopt(app, `sha256:${"0".repeat(64)}`, imageTag(2, 0))).toBe(false);
      await images.prepare(app);
      const [digest, other] = [await push(app, "kept", imageTag(1, 1)), await push(app, "other", imageTag(3, 1))];
      for (let time = 0; time < 2; time += 1) expect(await images.adopt(app, digest, imageTag(2, 0))).toBe(true);
      expect(await images.adopt(app, other, imageTag(2, 0))).toBe(false);
      await images.untag(app, [imageTag(1, 1), imageTag(3, 1)]);
      expect(await images.list(app)).toEqual([{ digest, tags: [imageTag(2, 0)] }]);
      expect(await images.adopt(app, other, imageTag(4, 0))).toBe(false);
    });

    test("an image says how its containers run; one that is not there says nothing", async () => {
      const { images, pushConfigured } = under();
      const app = freshId();
      const absent = `sha256:${"0".repeat(64)}`;
      expect(await images.config(app, absent)).toBeNull();
      await images.prepare(app);
      expect(await images.config(app, absent)).toBeNull();
      const ExposedPorts = { "8080/tcp": {}, "9229/tcp": {} };
      const Healthcheck = { Test: ["CMD", "true"], Interval: 5 };
      const full = await pushConfigured(app, { ExposedPorts, Healthcheck, Env: ["PORT=8080"] }, imageTag(1, 1));
      expect(await images.config(app, full)).toEqual({
        exposed: ["8080/tcp", "9229/tcp"],
        healthCheck: ["CMD", "true"],
        env: ["PORT=8080"],
      });
      const bare = await pushConfigured(app, { ExposedPorts: null, Cmd: ["x"] }, imageTag(2, 1));
      expect(await images.config(app, bare)).toEqual({ exposed: [], healthCheck: [], env: [] });
    });

    test("repositories go with all that is in them, once and again, and can be made anew", async () => {
      const { images, push } = under();
      const app = freshId();
      await images.prepare(app);
      await push(app, "gone", imageTag(1, 1));
      for (let time = 0; time < 2; time += 1) await images.remove(app);
      expect(await images.owners()).not.toContain(app);
      expect(await images.list(app)).toEqual([]);
      await images.prepare(app);
      expect(await images.list(app)).toEqual([]);
    });
  });
}
