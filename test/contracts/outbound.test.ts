import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { outbound } from "../../lib/adapters/http/outbound.ts";
import { type Receiver, receiver } from "../support/receiver.ts";

let there: Receiver;
let elsewhere: Receiver;

beforeAll(async () => {
  [there, elsewhere] = [await receiver(), await receiver()];
});
afterAll(async () => {
  await there.close();
  await elsewhere.close();
});

const publicUrl = "http://localhost:8080";
const v4 = (address: string) => ({ address, family: 4 });
/** A name service whose answers follow each other; the last one stays. */
function naming(...answers: (readonly string[])[]) {
  let asked = 0;
  const resolve = async () => (answers[Math.min(asked++, answers.length - 1)] ?? []).map(v4);
  return { resolve, asked: () => asked };
}
const post = (to: ReturnType<typeof outbound>, url: string) =>
  to.post({ url, headers: { "X-Slipway-Delivery": "a-1-failed" }, body: '{"ü":1}' });

const onAws = outbound({ loopback: false, publicUrl: "https://slipway.example.com" });
const onLaptop = outbound({ loopback: true, publicUrl });

const inside = [
  "https://127.0.0.1/",
  "https://localhost/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://0177.0.0.1/",
  "https://0.0.0.0/",
  "https://10.1.2.3/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://100.100.100.200/",
  "https://169.254.169.254/latest/meta-data/",
  "https://169.254.170.2/v2/credentials/",
  "https://[::1]/",
  "https://[::]/",
  "https://[fd00:ec2::254]/",
  "https://[fe80::1]/",
  "https://[::ffff:169.254.169.254]/",
  "https://[::ffff:7f00:1]/",
  "https://[64:ff9b::a9fe:a9fe]/",
  "https://[2002:7f00:1::]/",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
];

describe("an address inside a network", () => {
  test.each(inside)("%s is refused when it is saved and when something is sent", async (url) => {
    expect(await onAws.objection(url)).toBe("must be a public address, not one inside a network");
    expect(await post(onAws, url)).toMatchObject({ outcome: "refused" });
  });

  test.each(inside.filter((url) => !/127|2130706433|0x7f|0177|localhost|::1\]|7f00:1\]/.test(url)))(
    "%s is refused on a laptop too",
    async (url) => {
      expect(await onLaptop.objection(url)).not.toBeNull();
      expect(await post(onLaptop, url)).toMatchObject({ outcome: "refused" });
    },
  );

  test("is refused behind a name, also if only one of the name's addresses is one", async () => {
    for (const answer of [["169.254.169.254"], ["93.184.216.34", "10.0.0.1"]]) {
      const to = outbound({ loopback: false, publicUrl }, naming(answer));
      expect(await to.objection("https://hooks.example.com/")).toMatch(/public address/);
      expect(await post(to, "https://hooks.example.com/")).toMatchObject({ outcome: "refused" });
    }
  });

  test("is refused when a name leads there only after it was saved", async () => {
    const to = outbound({ loopback: false, publicUrl }, naming(["93.184.216.34"], ["127.0.0.1"]));
    expect(await to.objection("https://hooks.example.com/")).toBeNull();
    expect(await post(to, "https://hooks.example.com/")).toMatchObject({ outcome: "refused" });
  });

  test("is never connected to: the addresses that were judged are the ones that are used", async () => {
    const names = naming(["127.0.0.1"], ["169.254.169.254"]);
    const to = outbound({ loopback: true, publicUrl }, names);
    const { port } = new URL(there.url);
    expect(await post(to, `http://rebind.localhost:${port}/judged`)).toMatchObject({
      outcome: "answered",
      status: 200,
    });
    expect(names.asked()).toBe(1);
    expect(await post(to, `http://rebind.localhost:${port}/judged`)).toMatchObject({ outcome: "refused" });
    expect(await there.at("/judged")).toHaveLength(1);
  });

  test("is not reached by a redirect", async () => {
    there.answer("/moved", () => ({ status: 307, headers: { Location: `${elsewhere.url}/secret` } }));
    expect(await post(onLaptop, `${there.url}/moved`)).toMatchObject({ outcome: "answered", status: 307 });
    expect(elsewhere.received).toEqual([]);
  });
});

test("plain HTTP is for this machine only, and there not without being asked for", async () => {
  expect(await onAws.objection("http://hooks.example.com/")).toBe("must begin with https://");
  expect(await onLaptop.objection("http://hooks.example.com/")).toBe("must begin with https://");
  expect(await onLaptop.objection("http://localhost:3000/")).toBeNull();
  expect(await onLaptop.objection("file:///etc/passwd")).toBe("must begin with https://");
});

test("a name that is not known yet may be named all the same", async () => {
  const resolve = async () => Promise.reject(Object.assign(new Error("No."), { code: "ENOTFOUND" }));
  const to = outbound({ loopback: false, publicUrl }, { resolve });
  expect(await to.objection("https://soon.example.com/")).toBeNull();
  const message = "Its name is not known.";
  expect(await post(to, "https://soon.example.com/")).toEqual({ outcome: "unreachable", message });
});

test.each([
  "http://localhost:8080/api/apps/1/unpin",
  "http://127.0.0.1:8080/",
  "http://[::1]:8080/",
  "http://x.localhost:8080/",
])("the control plane does not call itself at %s, where it would be taken for an admin", async (url) => {
  expect(await onLaptop.objection(url)).toBe("must not be Slipway's own address");
  expect(await post(onLaptop, url)).toMatchObject({ outcome: "refused" });
});

describe("what is posted", () => {
  test("arrives as it is", async () => {
    expect(await post(onLaptop, `${there.url}/hook?x=1`)).toEqual({
      outcome: "answered",
      status: 200,
      retryAfter: null,
    });
    const [got] = await there.at("/hook?x=1");
    expect(got).toMatchObject({ body: '{"ü":1}', headers: { "x-slipway-delivery": "a-1-failed" } });
  });

  test("may be answered with a time to wait, in whole seconds", async () => {
    there.answer("/slow-down", (nth) => ({
      status: 429,
      headers: { "Retry-After": ["0.3", "12", "tomorrow"][nth - 1] ?? "" },
    }));
    const answers = [];
    for (let nth = 0; nth < 3; nth++) answers.push(await post(onLaptop, `${there.url}/slow-down`));
    expect(answers.map((one) => one.outcome === "answered" && one.retryAfter)).toEqual([1, 12, null]);
  });

  test("has been answered also where the other side changes the protocol unasked", async () => {
    const server = createServer((socket) => {
      socket.write("HTTP/1.1 101 Other\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await post(onLaptop, `http://127.0.0.1:${port}/`)).toMatchObject({ outcome: "answered", status: 101 });
    server.close();
  });

  test("is reported in words where nobody is, and where nobody answers", async () => {
    const gone = await receiver();
    await gone.close();
    expect(await post(onLaptop, gone.url)).toEqual({ outcome: "unreachable", message: "It refuses connections." });
    there.answer("/silent", () => null);
    const hasty = outbound({ loopback: true, publicUrl }, { timeoutMs: 200 });
    expect(await post(hasty, `${there.url}/silent`)).toEqual({
      outcome: "unreachable",
      message: "It did not respond in time.",
    });
    const tls = there.url.replace("http:", "https:");
    expect(await post(onLaptop, tls)).toMatchObject({
      outcome: "unreachable",
      message: expect.stringMatching(/^It could not be reached: /),
    });
  });
});
