import { describe, expect, test } from "@jest/globals";
import { atOnce, freshId, type PortOf } from "./ports.ts";

/** What every {@link BranchMarks} promises. */
export function branchMarksContract(ports: PortOf<"marks">): void {
  describe("branch marks", () => {
    const fresh = () => ({ app_id: freshId(), repo_url: "https://git.example.com/shop", branch: "main" });
    const read = (branch: { app_id: number }) => ports().marks.get(branch.app_id);

    test("an app without a push has none, and one that is removed neither", async () => {
      const branch = fresh();
      expect(await read(branch)).toBeNull();
      await ports().marks.asked({ ...branch, commit: "a", deployment_id: 1 });
      expect(await ports().marks.list()).toContainEqual(await read(branch));
      await ports().marks.remove(branch.app_id);
      expect(await read(branch)).toBeNull();
      await ports().marks.remove(branch.app_id);
    });

    test("the latest deployment is recorded, in whatever order they come", async () => {
      const branch = fresh();
      await atOnce(6, (index) => ports().marks.asked({ ...branch, commit: `c${index}`, deployment_id: index + 1 }));
      const asked = { commit: "c5", deployment_id: 6 };
      expect(await read(branch)).toEqual({ ...branch, commit: "c5", asked, etag: null });
    });

    test("what needs no deployment moves it on from where it stands, and from nowhere else", async () => {
      const branch = fresh();
      const passed = (before: string | null, commit: string) => ports().marks.passed({ ...branch, before, commit });
      await passed("x", "a");
      expect(await read(branch)).toEqual({ ...branch, commit: "a", asked: null, etag: null });
      await passed("y", "b");
      expect(await read(branch)).toMatchObject({ commit: "a" });
      await ports().marks.asked({ ...branch, commit: "b", deployment_id: 1 });
      await passed("b", "c");
      expect(await read(branch)).toMatchObject({ commit: "c", asked: { commit: "b", deployment_id: 1 } });
      await passed(null, "d");
      expect(await read(branch)).toMatchObject({ commit: "d" });
      await ports().marks.passed({ ...branch, branch: "next", before: "unknown", commit: "e" });
      expect(await read(branch)).toMatchObject({ branch: "next", commit: "e" });
    });

    test("the host's name for a state is kept until the mark moves, and only for the state it is at", async () => {
      const branch = fresh();
      await ports().marks.recordEtag(branch.app_id, "a", '"1"');
      expect(await read(branch)).toBeNull();
      await ports().marks.asked({ ...branch, commit: "a", deployment_id: 1 });
      await ports().marks.recordEtag(branch.app_id, "b", '"2"');
      expect(await read(branch)).toMatchObject({ commit: "a", etag: null });
      await ports().marks.recordEtag(branch.app_id, "a", '"3"');
      expect(await read(branch)).toMatchObject({ commit: "a", etag: '"3"' });
      await ports().marks.passed({ ...branch, before: "a", commit: "b" });
      expect(await read(branch)).toMatchObject({ commit: "b", etag: null });
    });
  });
}
