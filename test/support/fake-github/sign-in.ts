import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import type { State } from "./state.ts";

const exchangeSchema = z.object({
  client_id: z.string(),
  client_secret: z.literal("made-client-secret"),
  code: z.string(),
  redirect_uri: z.url(),
  code_verifier: z.string().min(43),
});

/** Where GitHub leads whoever agrees: back, with a code and the state. */
export function consent({ codes, person }: State, query: URLSearchParams): string {
  const { redirect_uri, state, code_challenge } = z
    .object({
      client_id: z.literal("Iv23.made"),
      redirect_uri: z.url(),
      state: z.string().min(20),
      code_challenge: z.string(),
      code_challenge_method: z.literal("S256"),
    })
    .parse(Object.fromEntries(query));
  const code = randomBytes(10).toString("hex");
  codes.set(code, { login: person.login, challenge: code_challenge, redirect_uri });
  return `${redirect_uri}?${new URLSearchParams({ code, state })}`;
}

/** A token for a code, once, for who has the verifier; GitHub answers refusals with 200 too. */
export function exchange(state: State, body: unknown): unknown {
  const given = exchangeSchema.safeParse(body);
  const known = state.codes.get(given.data?.code ?? "");
  state.codes.delete(given.data?.code ?? "");
  const challenge = createHash("sha256")
    .update(given.data?.code_verifier ?? "")
    .digest("base64url");
  if (known === undefined || challenge !== known.challenge || given.data?.redirect_uri !== known.redirect_uri)
    return { error: "bad_verification_code" };
  const access_token = `ghu_${randomBytes(18).toString("hex")}`;
  state.codes.set(access_token, known);
  return { access_token, token_type: "bearer", scope: "" };
}
