import { describe, expect, test } from "@jest/globals";
import type { Credential, Token } from "../../lib/core/access/credential.ts";
import { eventually } from "../support/local-mode.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = 1_900_000_000;
const principal = { id: "token#9", name: "ada", role: "deployer", apps: [1, 2] } as const;
const token = (id: number, expires_at: number | null = null): Token => ({
  kind: "token",
  id,
  principal: { name: "ada", role: "deployer", apps: [1, 2] },
  expires_at,
  last_used_at: null,
  github: null,
});
const ticket: Credential = {
  kind: "ticket",
  deployment_id: 7,
  principal: { ...principal, apps: null },
  made_with: { token: "the hash of a token", session: null },
  expires_at: now + 60,
};

const feedTicket: Credential = { ...ticket, deployment_id: null };
const session: Credential = { kind: "session", made_with: "the hash of a token", expires_at: now + 60 };

/** What every {@link Tokens} promises. */
export function tokensContract(ports: PortOf<"tokens">): void {
  describe("tokens", () => {
    const freshHash = () => `hash ${freshId()}`;
    const stored = async (credential: Credential): Promise<string> => {
      const hash = freshHash();
      await ports().tokens.put(hash, credential);
      return hash;
    };
    const listed = async (id: number) => (await ports().tokens.list()).find((one) => one.id === id);

    test("a credential is read as it was written, by its hash only", async () => {
      const forever = token(freshId());
      expect(await ports().tokens.get(await stored(forever), now)).toEqual(forever);
      for (const one of [ticket, feedTicket, session]) {
        expect(await ports().tokens.get(await stored(one), now)).toEqual(one);
      }
      expect(await ports().tokens.get(freshHash(), now)).toBeNull();
    });

    test("from the second in which it expires a credential is worth nothing, whether its row is there or not", async () => {
      const hash = await stored(token(freshId(), now + 60));
      expect(await ports().tokens.get(hash, now + 59)).not.toBeNull();
      expect(await ports().tokens.get(hash, now + 60)).toBeNull();
      expect(await ports().tokens.take(await stored(ticket), now + 60)).toBeNull();
      expect(await ports().tokens.get(await stored(session), now + 60)).toBeNull();
    });

    test("a GitHub account has one token, which is found by the account's number until it is revoked", async () => {
      const account = { id: freshId(), login: "ada-lovelace" };
      const [one, other] = [token(freshId()), token(freshId())].map((made) => ({ ...made, github: account }));
      if (one === undefined || other === undefined) throw new Error("There are two.");
      expect(await ports().tokens.ofGitHub(account.id)).toBeNull();
      const hash = await stored(one);
      expect(await ports().tokens.ofGitHub(account.id)).toBe(hash);
      expect(await ports().tokens.get(hash, now)).toEqual(one);
      const refused = freshHash();
      expect(await ports().tokens.put(refused, other)).toBe(false);
      expect(await ports().tokens.get(refused, now)).toBeNull();
      expect(await ports().tokens.revoke(other.id)).toBe(false);
      expect(await ports().tokens.revoke(one.id)).toBe(true);
      expect(await ports().tokens.ofGitHub(account.id)).toBeNull();
      expect(await ports().tokens.put(refused, other)).toBe(true);
      expect(await ports().tokens.ofGitHub(account.id)).toBe(refused);
    });

    test("of several who take a ticket at the same moment one gets it, and nobody later", async () => {
      const hash = await stored(ticket);
      const takes = await atOnce(8, () => ports().tokens.take(hash, now));
      expect(takes.filter((taken) => taken !== null)).toEqual([ticket]);
      expect(await ports().tokens.take(hash, now)).toBeNull();
      expect(await ports().tokens.get(hash, now)).toBeNull();
    });

    test("the beginning of a set-up is taken once and as that only, and is no ticket", async () => {
      const setup = { kind: "setup", begun_by: "somebody", expires_at: now + 60 } as const;
      const hash = await stored(setup);
      expect(await ports().tokens.take(hash, now)).toBeNull();
      expect(await ports().tokens.take(hash, now, "setup")).toEqual(setup);
      expect(await ports().tokens.take(hash, now, "setup")).toBeNull();
      expect(await ports().tokens.take(await stored(ticket), now, "setup")).toBeNull();
    });

    test("a one-time code is taken once and as that only, until it expires", async () => {
      const code = { kind: "code", made_with: "a".repeat(64), expires_at: now + 600 } as const;
      const hash = await stored(code);
      expect(await ports().tokens.take(hash, now, "setup")).toBeNull();
      const taken = await Promise.all([1, 2, 3].map(() => ports().tokens.take(hash, now, "code")));
      expect(taken.filter((one) => one !== null)).toEqual([code]);
      expect(await ports().tokens.take(await stored({ ...code, expires_at: now }), now, "code")).toBeNull();
    });

    test("who made a token, and when, is kept with it", async () => {
      const made = { ...token(freshId()), created_by: "ada", created_at: "2026-01-01T00:00:00.000Z" };
      expect(await ports().tokens.get(await stored(made), now)).toEqual(made);
    });

    test("neither an API token nor a session is a ticket: whoever sends it as one still has it afterwards", async () => {
      for (const mine of [token(freshId()), session]) {
        const hash = await stored(mine);
        expect(await ports().tokens.take(hash, now)).toBeNull();
        expect(await ports().tokens.get(hash, now)).toEqual(mine);
      }
    });

    test("a session that was ended is worth nothing from then on; ending it again, or anything else, changes nothing", async () => {
      const hash = await stored(session);
      await ports().tokens.endSession(hash);
      expect(await ports().tokens.get(hash, now)).toBeNull();
      await ports().tokens.endSession(hash);
      for (const other of [token(freshId()), ticket]) {
        const kept = await stored(other);
        await ports().tokens.endSession(kept);
        expect(await ports().tokens.get(kept, now)).toEqual(other);
      }
    });

    test("tokens are listed by id, expired ones too, tickets and sessions are not", async () => {
      const [one, two] = [token(freshId(), 1), token(freshId())];
      await stored(two);
      await stored(one);
      await stored(ticket);
      await stored(session);
      const all = await eventually("both in the list", async () => {
        const rows = await ports().tokens.list();
        return rows.some(({ id }) => id === one.id) && rows.some(({ id }) => id === two.id) ? rows : undefined;
      });
      expect(all.filter(({ id }) => id === one.id || id === two.id)).toEqual([one, two]);
      expect(all.every(({ kind }) => kind === "token")).toBe(true);
    });

    test("a revoked token is worth nothing from then on, and using it does not bring it back", async () => {
      const mine = token(freshId());
      const hash = await stored(mine);
      await eventually("the token in the list", () => listed(mine.id));
      expect(await ports().tokens.revoke(mine.id)).toBe(true);
      await ports().tokens.used(hash, "2026-01-01T00:00:00.000Z");
      expect(await ports().tokens.get(hash, now)).toBeNull();
      await eventually("the token gone from the list", async () => ((await listed(mine.id)) ? undefined : true));
      expect(await ports().tokens.revoke(mine.id)).toBe(false);
    });

    test("when a token was used last is recorded", async () => {
      const hash = await stored(token(freshId()));
      await ports().tokens.used(hash, "2026-01-01T00:00:00.000Z");
      expect(await ports().tokens.get(hash, now)).toMatchObject({ last_used_at: "2026-01-01T00:00:00.000Z" });
    });
  });
}
