/** Where a container engine listens and how it is reached, as its own documentation names it. */
const ADDRESS = [
  ...["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"],
  ...["CONTAINER_HOST", "CONTAINER_CONNECTION", "CONTAINER_SSHKEY", "XDG_RUNTIME_DIR"],
];
const OWN = ["PATH", "HOME", ...ADDRESS];

/**
 * The whole environment of the commands of docker and podman: how to find them and the engine, as the operator has it. Neither an
 * app's variables, with which it could have the command do what it likes on this machine, nor anything else of the operator's,
 * which the command could hand on to containers.
 */
export function engineEnvironment(
  operator: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    OWN.flatMap((name) => (operator[name] === undefined ? [] : [[name, operator[name]] as const])),
  );
}
