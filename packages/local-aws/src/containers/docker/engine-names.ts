import { createHash } from "node:crypto";

/** What everything that the engine keeps for a data directory is named after, so that two of them never share a name. */
export const namespaceOf = (dataDir: string): string => createHash("sha256").update(dataDir).digest("hex").slice(0, 12);

/** The label by which the containers of a data directory are found. */
export const labelOf = (dataDir: string): readonly [name: string, value: string] => ["local-aws.data", dataDir];

/** The label by which podman's layers of a data directory's builds are found, which have no name. Images carry it, so it says no path. */
export const layerLabelOf = (dataDir: string): string => `local-aws.builds=${namespaceOf(dataDir)}`;

/** What the names of all containers of a data directory's tasks begin with, and of the engine's secrets for them. */
export const taskPrefixOf = (dataDir: string): string => `local-aws-${namespaceOf(dataDir)}-task-`;

/** The repository of a data directory's images in the engine. */
export const repositoryOf = (dataDir: string): string => `localhost/local-aws-${namespaceOf(dataDir)}`;

/** Under which name the engine keeps the image with this digest, `sha256:…`. */
export const imageNameOf = (dataDir: string, digest: string): string =>
  `${repositoryOf(dataDir)}:${digest.replace("sha256:", "")}`;

/** The engine's own id of an image as a digest: podman leaves out the algorithm. */
export const asDigest = (id: string): string => (id.includes(":") ? id : `sha256:${id}`);

/** A host name that the steps of a data directory's builds have, by which podman's containers for them are found. */
export const buildHostOf = (dataDir: string): string => `${namespaceOf(dataDir)}.local-aws.invalid`;
