import { describe, expect, test } from "@jest/globals";
import type { SharedImage } from "../../lib/core/ports/builds.ts";
import { freshId, type PortOf } from "./ports.ts";

const at = "2026-01-01T00:00:00.000Z";
const later = "2026-01-01T00:00:01.000Z";

/** What every {@link SharedImages} promises. */
export function sharedImagesContract(ports: PortOf<"sharedImages">): void {
  describe("shared images", () => {
    const shared = (change: Partial<SharedImage> = {}): SharedImage => ({
      owner_app_id: 0,
      app_id: 7,
      image_digest: "sha256:one",
      shared_at: at,
      ...change,
    });

    test("are listed by the app whose repository has them", async () => {
      const [owner_app_id, other] = [freshId(), freshId()];
      const images = [
        shared({ owner_app_id }),
        shared({ owner_app_id, image_digest: "sha256:two" }),
        shared({ owner_app_id, app_id: 8 }),
      ];
      for (const image of images) await ports().sharedImages.share(image);
      await ports().sharedImages.share(shared({ owner_app_id: other }));
      const listed = await ports().sharedImages.list(owner_app_id);
      expect(listed).toHaveLength(3);
      expect(listed.map(({ app_id, image_digest, shared_at }) => [app_id, image_digest, shared_at]).sort()).toEqual([
        [7, "sha256:one", at],
        [7, "sha256:two", at],
        [8, "sha256:one", at],
      ]);
      expect(await ports().sharedImages.list(freshId())).toEqual([]);
    });

    test("are forgotten, unless they were shared again since they were read", async () => {
      const image = shared({ owner_app_id: freshId() });
      await ports().sharedImages.share(image);
      await ports().sharedImages.share({ ...image, shared_at: later });
      await ports().sharedImages.forget(image);
      expect(await ports().sharedImages.list(image.owner_app_id)).toMatchObject([{ shared_at: later }]);
      await ports().sharedImages.forget({ ...image, shared_at: later });
      await ports().sharedImages.forget({ ...image, shared_at: later });
      expect(await ports().sharedImages.list(image.owner_app_id)).toEqual([]);
    });
  });
}
