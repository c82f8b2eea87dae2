/** Watches a deployment over its socket until the log is complete. */
export function watch(url: string, id: number, seconds = 300): Promise<void> {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/deployments/logs?id=${id}`);
    const timer = setTimeout(
      () => end(new Error(`The socket of deployment ${id} did not end in ${seconds} s.`)),
      seconds * 1000,
    );
    const end = (error: Error | null) => {
      clearTimeout(timer);
      socket.close();
      if (error === null) done();
      else fail(error);
    };
    socket.addEventListener("message", ({ data }) => {
      const { type, data: inner } = JSON.parse(String(data));
      if (type === "status" && inner.log_complete === true) end(null);
    });
    socket.addEventListener("error", () => end(new Error(`The socket of deployment ${id} could not be opened.`)));
  });
}
