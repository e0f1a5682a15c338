#!/bin/sh
# Installs agentpkg @VERSION@ below ~/.local, without root, and says where everything is.
#
#   AGENTPKG_BASE_URL   where the archives are      [default: @BASE_URL@]
#   AGENTPKG_PREFIX     what it is installed below  [default: ~/.local]
#
# The archive is checked against the digest that stands in this script before anything is unpacked.
set -eu

version='@VERSION@'
base_url=${AGENTPKG_BASE_URL:-'@BASE_URL@'}
prefix=${AGENTPKG_PREFIX:-"${HOME:?HOME is not set; set AGENTPKG_PREFIX to the folder to install below}/.local"}
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac
prefix=${prefix%/}

# The SHA-256 of each machine's archive.
digest_of() {
  case $1 in
    '@TARGET@') echo '@DIGEST@' ;;
  esac
}

fail() {
  echo "error: $1" >&2
  shift
  for line in "$@"; do echo "$line" >&2; done
  echo 'note: the program was not installed' >&2
  exit 2
}

machine() {
  case $(uname -s) in
    Linux) ;;
    Darwin) fail 'there is no archive for macOS yet' 'hint: build from source: cargo install --locked --path .' ;;
    *) fail "there is no archive for $(uname -s)" 'hint: on Windows, use WSL' ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) echo x86_64-unknown-linux-gnu ;;
    aarch64 | arm64) echo aarch64-unknown-linux-gnu ;;
    *) fail "there is no archive for $(uname -m)" 'hint: build from source: cargo install --locked --path .' ;;
  esac
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --retry 2 --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --output-document="$2" "$1"
  else
    fail 'neither curl nor wget is there to download with'
  fi
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  else
    fail 'nothing is there to check a SHA-256 with: sha256sum, shasum or openssl'
  fi
}

# Puts a file where it belongs, at once: a program that runs is not written over. Each step has to succeed.
place() {
  new=$2.new.$$
  mkdir -p "$(dirname "$2")" && cp -p "$1" "$new" && mv -f "$new" "$2"
}

# Prints a path as a shell takes it.
quoted() {
  case $1 in
    *[!A-Za-z0-9/._-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
  esac
}

# In a function, so that a script that was cut off while it was downloaded does nothing.
main() {
  target=$(machine)
  digest=$(digest_of "$target")
  [ -n "$digest" ] || fail "there is no archive for $target" 'hint: build from source: cargo install --locked --path .'
  [ -n "$base_url" ] || fail 'nothing says where the archives are' \
    'hint: set AGENTPKG_BASE_URL to the address that this script was downloaded from, without its last part'
  name=agentpkg-$version-$target
  address=${base_url%/}/$name.tar.gz
  new=
  work=$(mktemp -d) || fail 'there is no folder for temporary files'
  trap 'rm -rf "$work"; [ -z "$new" ] || rm -f "$new"' EXIT
  trap 'exit 130' INT TERM HUP PIPE

  download "$address" "$work/archive" || fail "failed to download $address"
  found=$(sha256 "$work/archive")
  [ "$found" = "$digest" ] || fail "$address is not what was released" \
    "  expected  sha256:$digest" "  found     sha256:$found"
  tar -xpzf "$work/archive" -C "$work" || fail "failed to unpack $address"
  from=$work/$name
  "$from/bin/agentpkg" --version >/dev/null || fail "agentpkg doesn't run on this machine" \
    'note: it needs Linux with glibc 2.17 or newer; Alpine has another C library' \
    'hint: if programs may not run in the folder for temporary files, name another: TMPDIR=FOLDER' \
    'hint: build from source: cargo install --locked --path .'

  parts='share/man/man1 share/bash-completion/completions share/zsh/site-functions
    share/fish/vendor_completions.d share/doc/agentpkg bin'
  for part in $parts; do
    for file in "$from/$part"/*; do
      [ ! -d "$prefix/$part/${file##*/}" ] || fail "$prefix/$part/${file##*/} is a folder" 'hint: move it away'
    done
  done
  # The program last: once it is there, everything is.
  for part in $parts; do
    for file in "$from/$part"/*; do
      place "$file" "$prefix/$part/${file##*/}" || fail "failed to write to $prefix/$part"
    done
  done
  new=

  echo "installed agentpkg $version"
  echo "  program      $prefix/bin/agentpkg"
  echo "  manual       $prefix/share/man/man1/agentpkg.1 and one for each command"
  echo "  completions  $prefix/share: bash, zsh and fish"
  echo "  licences     $prefix/share/doc/agentpkg"
  echo
  # Whatever is started by the name is this one, or the path has to be changed.
  if [ "$(command -v agentpkg || true)" != "$prefix/bin/agentpkg" ]; then
    echo "  first        export PATH=$(quoted "$prefix/bin"):\"\$PATH\""
  fi
  echo '  next         agentpkg lint'
  echo "  remove       cd $(quoted "$prefix") && rm -r bin/agentpkg share/doc/agentpkg share/man/man1/agentpkg*.1 \\"
  echo "                 share/bash-completion/completions/agentpkg share/zsh/site-functions/_agentpkg \\"
  echo '                 share/fish/vendor_completions.d/agentpkg.fish'
}

main
