import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type ProxyOptions } from "vite";

/** The control plane that a dashboard under development talks to. */
const controlPlane = process.env.SLIPWAY_URL ?? "http://localhost:8080";

/** A control plane answers its own origin only, so requests arrive as if they came from there. */
const asItself: ProxyOptions = {
  target: controlPlane,
  changeOrigin: true,
  ws: true,
  configure: (proxy) => {
    const origin = new URL(controlPlane).origin;
    proxy.on("proxyReq", (request) => {
      if (request.hasHeader("origin")) request.setHeader("origin", origin);
    });
    proxy.on("proxyReqWs", (request) => void request.setHeader("origin", origin));
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [tailwindcss()],
  build: {
    outDir: "../../dist/dashboard",
    emptyOutDir: true,
    target: "es2023",
    rolldownOptions: {
      // Libraries mark what a server must not render; here there is none.
      onLog: (level, log, handle) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
  server: { proxy: { "/api": asItself } },
});
