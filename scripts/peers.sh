#!/usr/bin/env bash
# Installs the programs that the tests compare this library with, and prints a directory to put at the front of PATH:
#
#   PATH="$(scripts/peers.sh):$PATH" npm test
#
# Most of them are packages of Debian and Ubuntu. crane, oras and a current BuildKit are only in Debian unstable: they are
# unpacked into a cache directory and not installed, because apt would take the libraries of the system from unstable as well.
# Programs on PATH are kept as they are, so a second run changes nothing.
#
#   PEERS_DIR      the cache directory; the default is containerregistry-peers in the user's cache directory
#   DEBIAN_MIRROR  the URL of a Debian mirror for crane and oras; the default is the first mirror that apt uses
set -euo pipefail

directory=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/containerregistry-peers}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
export PATH="$directory/bin:$PATH:/usr/sbin:/sbin"

fail() {
  echo "peers.sh: $*" >&2
  exit 1
}

# Prints each of the programs that is not on PATH.
absent() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || echo "$program"
  done
}

install_packages() {
  command -v apt-get >/dev/null || fail "this needs apt; install these programs in another way: $(absent "${programs[@]}" | xargs)"
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Downloads packages of Debian unstable with lists of their own, so that the apt of the system does not change, and unpacks
# each into a directory of its name in the directory that the first argument names.
unpack_unstable() {
  local mirror=${DEBIAN_MIRROR:-} scratch=$1 name
  shift
  if [[ -z $mirror ]]; then
    mirror=$(apt-get update --print-uris | sed -n "s#^'\(.*/debian\)/dists/.*#\1#p" | sort -u | sed -n 1p)
  fi
  [[ -n $mirror ]] || fail "apt uses no Debian mirror: set DEBIAN_MIRROR, or install $*"
  [[ -e $keyring ]] || install_packages debian-archive-keyring

  mkdir -p "$scratch/lists/partial" "$scratch/archives/partial"
  echo "deb [signed-by=$keyring] $mirror unstable main" >"$scratch/sources.list"
  local options=(
    -o "Dir::Etc::SourceList=$scratch/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch"
    -o Acquire::Languages=none -o APT::Sandbox::User=root
  )
  apt-get "${options[@]}" update -qq >&2
  (cd "$scratch" && apt-get "${options[@]}" download -qq "$@" >&2)
  for name in "$@"; do
    dpkg-deb --extract "$scratch/$name"_*.deb "$scratch/$name"
  done
}

# Installs BuildKit: the Docker Engine of Debian unstable, with its own client and containerd. Its programs are in a
# directory of their own, so that they do not replace those of the system: `buildkit PROGRAM [ARGUMENT...]` runs one.
install_buildkit() {
  local unpacked=$1 programs=$directory/buildkit
  mkdir -p "$programs/bin" "$programs/config/cli-plugins"
  install -m 755 "$unpacked"/docker.io/usr/sbin/dockerd "$unpacked"/docker-cli/usr/bin/docker \
    "$unpacked"/containerd/usr/bin/{containerd,containerd-shim-runc-v2} "$programs/bin/"
  install -m 755 "$unpacked/docker-buildx/usr/libexec/docker/cli-plugins/docker-buildx" "$programs/config/cli-plugins/"
  echo '{}' >"$programs/config/config.json"
  cat >"$directory/bin/buildkit" <<EOF
#!/bin/sh
export PATH="$programs/bin:\$PATH" DOCKER_CONFIG="$programs/config"
exec "\$@"
EOF
  chmod 755 "$directory/bin/buildkit"
}

# openssl makes certificates, strace shows the order of system calls, and all others read and write images.
declare -A package_of=(
  [docker-registry]=docker-registry [skopeo]=skopeo [dockerd]=docker.io [busybox]=busybox-static
  [podman]=podman [buildah]=buildah [umoci]=umoci [openssl]=openssl [strace]=strace
)
programs=("${!package_of[@]}" crane oras buildkit)

packages=()
for program in $(absent "${!package_of[@]}"); do packages+=("${package_of[$program]}"); done
((${#packages[@]} == 0)) || install_packages "${packages[@]}"

mkdir -p "$directory/bin"
mapfile -t unstable < <(absent crane oras)
packages=("${unstable[@]}")
[[ -z $(absent buildkit) ]] || packages+=(docker.io docker-cli docker-buildx containerd)
if ((${#packages[@]} > 0)); then
  unpacked=$(mktemp -d)
  trap "rm -rf '$unpacked'" EXIT
  unpack_unstable "$unpacked" "${packages[@]}"
  for program in "${unstable[@]}"; do
    install -m 755 "$unpacked/$program/usr/bin/$program" "$directory/bin/$program"
  done
  [[ -z $(absent buildkit) ]] || install_buildkit "$unpacked"
fi

still=$(absent "${programs[@]}" | xargs)
[[ -z $still ]] || fail "not available: $still"
echo "$directory/bin"
