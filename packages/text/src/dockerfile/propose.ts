import { goDockerfile, rustDockerfile } from "./compiled.ts";
import { javaDockerfile } from "./java.ts";
import { nodeDockerfile } from "./node.ts";
import { pythonDockerfile } from "./python.ts";
import { phpDockerfile, rubyDockerfile } from "./scripted.ts";
import type { DockerfileProposal, Source } from "./source.ts";
import { staticDockerfile } from "./static.ts";

/**
 * From what is most specific to what many repositories have besides: a Rails app has a package.json for its assets, and every
 * web page an index.html.
 */
const kinds: readonly ((source: Source) => DockerfileProposal | null)[] = [
  goDockerfile,
  rustDockerfile,
  javaDockerfile,
  rubyDockerfile,
  phpDockerfile,
  pythonDockerfile,
  nodeDockerfile,
  staticDockerfile,
];

/** A Dockerfile for a folder that has none, for a person to read and commit. `null`: nothing shows what it would be of. */
export function proposeDockerfile(source: Source): DockerfileProposal | null {
  for (const kind of kinds) {
    const proposal = kind(source);
    if (proposal !== null) return proposal;
  }
  return null;
}
