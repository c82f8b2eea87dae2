import { type DockerfileProposal, dockerfileOf, has, ignoring, type Source, wgetCheck } from "./source.ts";

/** Its pages lie here in nginx's image; that one runs as nobody in particular, and so on a port above 1024. */
export const servedByNginx = (copied: string): string[] => [
  "FROM nginxinc/nginx-unprivileged:stable-alpine",
  "ENV PORT=8080",
  `COPY ${copied} /usr/share/nginx/html`,
  "EXPOSE 8080",
  wgetCheck,
];

/** Folders that pages are served from, the most specific first. */
const folders = ["public", "dist", "site", "www", "html", "_site", "."];

export function staticDockerfile(source: Source): DockerfileProposal | null {
  const folder = folders.find((path) => has(source, path === "." ? "index.html" : `${path}/index.html`));
  if (folder === undefined) return null;
  return {
    of: "a static site",
    dockerfile: dockerfileOf(servedByNginx(folder)),
    dockerignore: ignoring("node_modules"),
  };
}
