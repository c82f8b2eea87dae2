import { defineConfig } from "vite";

/** Stands for the page's own server. */
export default defineConfig({
  plugins: [
    {
      name: "slipway-token",
      configureServer: ({ middlewares }) => {
        middlewares.use("/slipway-token", (_request, response) => response.end(process.env.SLIPWAY_TOKEN ?? ""));
      },
    },
  ],
});
