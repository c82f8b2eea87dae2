import { describe, expect, test } from "@jest/globals";
import { buildSecretParameter } from "../../lib/core/configuration/secret-parameter.ts";
import { freshId, type PortOf } from "./ports.ts";

/** What every {@link Secrets} promises. */
export function secretsContract(ports: PortOf<"secrets" | "gitTokens">): void {
  describe("secrets", () => {
    const values = async (app: number) => [...(await ports().secrets.values(app))].sort();

    test("the values that were put are the values that are read, and a later one replaces an earlier", async () => {
      const app = freshId();
      expect(await values(app)).toEqual([]);
      await ports().secrets.put(app, { DATABASE_URL: "postgres://ü:p@host/db", KEY: "old" });
      await ports().secrets.put(app, { KEY: "new" });
      expect(await values(app)).toEqual(["new", "postgres://ü:p@host/db"]);
    });

    test("where only missing ones are put, what is there stays", async () => {
      const app = freshId();
      await ports().secrets.put(app, { KEY: "first" });
      await ports().secrets.put(app, { KEY: "second", OTHER: "new" }, "missing");
      expect(await values(app)).toEqual(["first", "new"]);
      await ports().gitTokens.put(app, { origin: "https://git.example.com", token: "one" }, "missing");
      await ports().gitTokens.put(app, { origin: "https://git.example.com", token: "another" }, "missing");
      expect(await values(app)).toEqual(["first", "new", "one"]);
    });

    test("what lies there is listed by name and by when it was written, whatever it is of the app's", async () => {
      const app = freshId();
      const begun = Date.now() - 5 * 60_000;
      const ofBuilds = buildSecretParameter("npm", "0123456789abcdef");
      await ports().secrets.put(app, { "KEY.0123456789abcdef": "one", KEY: "old", [ofBuilds]: "two" });
      await ports().gitTokens.put(app, { origin: "https://git.example.com", token: "three" });
      const listed = await ports().secrets.stored(app);
      expect(listed.map(({ name }) => name).sort()).toEqual(["KEY", "KEY.0123456789abcdef", ofBuilds, "git-token"]);
      for (const { written_at } of listed) expect(Date.parse(written_at)).toBeGreaterThan(begun);
      await ports().secrets.remove(app, ["KEY.0123456789abcdef"]);
      expect(await values(app)).toEqual(["old", "three", "two"]);
    });

    test("more of them than fit in one answer are all read, and all removed", async () => {
      const app = freshId();
      const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`KEY_${index}`, `value ${index}`]));
      await ports().secrets.put(app, many);
      expect(await values(app)).toEqual(Object.values(many).sort());
      await ports().secrets.remove(app, [...Object.keys(many).slice(1), "NEVER_PUT"]);
      expect(await values(app)).toEqual(["value 0"]);
      await ports().secrets.remove(app, []);
      expect(await values(app)).toEqual(["value 0"]);
    });

    test("an app's Git token is among what no log may show, without the server that it is for", async () => {
      const app = freshId();
      await ports().secrets.put(app, { KEY: "value" });
      await ports().gitTokens.put(app, { origin: "https://git.example.com", token: "a-git-token" });
      expect(await values(app)).toEqual(["a-git-token", "value"]);
    });

    test("secrets of builds are read with their versions, and no log may show them", async () => {
      const app = freshId();
      const [unversioned, versioned] = [buildSecretParameter("npm", undefined), buildSecretParameter("npm", "a1")];
      expect(await ports().secrets.ofBuilds(app)).toEqual({});
      await ports().secrets.put(app, {
        build: "of the app",
        npm: "of the app, too",
        [unversioned]: "of builds",
        [versioned]: "of builds, too",
      });
      await ports().secrets.put(app * 10, { [versioned]: "of another app" });
      expect(await ports().secrets.ofBuilds(app)).toEqual({
        [unversioned]: "of builds",
        [versioned]: "of builds, too",
      });
      expect(await values(app)).toEqual(["of builds", "of builds, too", "of the app", "of the app, too"]);
      await ports().secrets.remove(app, [unversioned, versioned]);
      expect(await ports().secrets.ofBuilds(app)).toEqual({});
      expect(await values(app)).toEqual(["of the app", "of the app, too"]);
    });

    test("apps do not see each other's, even if one's id begins like the other's", async () => {
      const app = freshId();
      const longer = app * 10;
      await ports().secrets.put(app, { KEY: "mine" });
      await ports().secrets.put(longer, { KEY: "theirs" });
      expect(await values(app)).toEqual(["mine"]);
      await ports().secrets.remove(app, ["KEY"]);
      expect(await values(longer)).toEqual(["theirs"]);
    });
  });
}
