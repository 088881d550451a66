#!/usr/bin/env bash
# Installs the programs that the tests compare this library with, and prints a directory to put at the front of PATH:
#
#   PATH="$(scripts/peers.sh):$PATH" npm test
#
# Most of them are packages of Debian and Ubuntu. crane and oras are only in Debian unstable: they are unpacked into a cache
# directory and not installed, because apt would take the libraries of the system from unstable as well.
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

# Downloads packages of Debian unstable with lists of their own, so that the apt of the system does not change, and copies
# the program of each into the cache directory. Each package has the name of its program.
unpack_unstable() {
  local mirror=${DEBIAN_MIRROR:-} scratch name
  if [[ -z $mirror ]]; then
    mirror=$(apt-get update --print-uris | sed -n "s#^'\(.*/debian\)/dists/.*#\1#p" | sort -u | sed -n 1p)
  fi
  [[ -n $mirror ]] || fail "apt uses no Debian mirror: set DEBIAN_MIRROR, or install $*"
  [[ -e $keyring ]] || install_packages debian-archive-keyring

  scratch=$(mktemp -d)
  trap "rm -rf '$scratch'" EXIT
  mkdir -p "$scratch/lists/partial" "$scratch/archives/partial" "$directory/bin"
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
    install -m 755 "$scratch/$name/usr/bin/$name" "$directory/bin/$name"
  done
}

# openssl makes certificates, strace shows the order of system calls, and all others read and write images.
declare -A package_of=(
  [docker-registry]=docker-registry [skopeo]=skopeo [dockerd]=docker.io [busybox]=busybox-static
  [podman]=podman [buildah]=buildah [umoci]=umoci [openssl]=openssl [strace]=strace
)
programs=("${!package_of[@]}" crane oras)

packages=()
for program in $(absent "${!package_of[@]}"); do packages+=("${package_of[$program]}"); done
((${#packages[@]} == 0)) || install_packages "${packages[@]}"

mapfile -t unstable < <(absent crane oras)
((${#unstable[@]} == 0)) || unpack_unstable "${unstable[@]}"

still=$(absent "${programs[@]}" | xargs)
[[ -z $still ]] || fail "not available: $still"
mkdir -p "$directory/bin"
echo "$directory/bin"
