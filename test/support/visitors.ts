import { Agent, get } from "node:http";

/**
 * A moment between two requests: without one they take a processor from what they watch. The slow page sees to it that requests are
 * in flight at every moment.
 */
const PAUSE_MS = 20;

/** Asks an app again and again, on kept connections and on fresh ones, quick pages and its slow one, until it is stopped; answers what went wrong. */
export function visitors(port: number) {
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const slowly = new Agent({ keepAlive: true, maxSockets: 1 });
  const seen = new Set<string>();
  const wrong: string[] = [];
  let asked = 0;
  let open = true;
  const once = (agent: Agent | false, path: string) =>
    new Promise<void>((resolve) => {
      const request = get({ host: "127.0.0.1", port, path, agent }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        answer.once("end", () => {
          asked += 1;
          if (answer.statusCode === 200) seen.add(body);
          else wrong.push(`${answer.statusCode} ${body}`);
          resolve();
        });
        answer.once("error", (error) => {
          wrong.push(error.message);
          resolve();
        });
      });
      request.once("error", (error) => {
        wrong.push(error.message);
        resolve();
      });
    });
  const loop = async (agent: Agent | false, path: string): Promise<void> => {
    while (open) {
      await once(agent, path);
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  };
  const loops = [loop(kept, "/"), loop(false, "/"), loop(slowly, "/slow"), loop(false, "/slow")];
  return {
    leave: async () => {
      open = false;
      await Promise.all(loops);
      kept.destroy();
      slowly.destroy();
      return { asked, wrong, seen };
    },
  };
}
