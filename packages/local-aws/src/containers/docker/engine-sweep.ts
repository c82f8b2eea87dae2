import { inKernelsOrder, socketStates } from "../../kernel/socket-table.ts";
import { agentAddress, agentNetworkName } from "./agent-network.ts";

/**
 * Shell functions that remove what killed commands of an engine left. Podman does not clear up after a killed build: the step goes
 * on, and its container stays. Neither has a label, but both have the host name that `buildByEngine` gives to steps: it is in the
 * hosts file that the step's processes see, and podman writes it down beside the container.
 *
 * `sweep_builds <command> <host name>`; `sweep_tasks <command> <label> <prefix of names>`. `sweep_agent <command>` removes the network
 * of the agent's address once no local mode of this machine listens there.
 */
export const SWEEP = `
sweep_builds() {
  case $1 in *podman) ;; *) return ;; esac
  for hosts in $(grep -lsF "$2" /proc/[0-9]*/root/etc/hosts); do
    process=\${hosts#/proc/}
    kill -KILL "\${process%%/*}"
  done
  store=$("$1" info --format '{{.Store.GraphRoot}}') || return
  for file in $(grep -lsF "$2" "$store"/*-containers/*/userdata/buildah.json); do
    container=\${file%/userdata/*}
    "$1" rm --force "\${container##*/}"
  done
}
sweep_tasks() {
  ids=$("$1" ps --all --quiet --filter "label=$2")
  [ -z "$ids" ] || "$1" rm --force $ids
  case $1 in *podman)
    secrets=$("$1" secret ls --format '{{.Name}}' | grep "^$3")
    [ -z "$secrets" ] || "$1" secret rm $secrets
  esac
}
sweep_agent() {
  grep -q "^ *[0-9]*: ${inKernelsOrder(agentAddress)}:[0-9A-F]* 00000000:0000 ${socketStates.listening} " /proc/net/tcp && return
  "$1" network ls --format '{{.Name}}' | grep -qx ${agentNetworkName} && "$1" network rm ${agentNetworkName}
}
`;
