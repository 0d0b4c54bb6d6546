# shellcheck shell=bash
# Debian packages that building and testing need, and how to get them. Sourced by run, check and the tour.

build_packages=(gcc libc6-dev meson ninja-build pkg-config gettext libgtk-4-dev libadwaita-1-dev libjson-glib-dev
  libsoup-3.0-dev libsqlite3-dev libmicrohttpd-dev libcurl4-gnutls-dev libgnutls28-dev libsecret-1-dev libgtksourceview-5-dev librsvg2-dev libxml2-utils
  libprotobuf-c-dev protobuf-c-compiler)
# bubblewrap is a recommendation: without it commands of flows run only where that was allowed.
runtime_packages=(bubblewrap)
window_packages=(adwaita-icon-theme fonts-cantarell librsvg2-common gsettings-desktop-schemas glib-networking
  hicolor-icon-theme shared-mime-info)
# openssl makes the certificates of the tests of TLS; libgnutls28-dev, which libmicrohttpd-dev brings along, is what that is built on.
test_packages=(xvfb xauth dbus dbus-x11 at-spi2-core fonts-dejavu-core xdotool x11-utils desktop-file-utils appstream
  python3 python3-prometheus-client python3-pyatspi gir1.2-atspi-2.0 python3-gi strace libgl1-mesa-dri imagemagick openbox openssl procps gnome-keyring)

# ensure_packages NAME…: installs what is missing, or prints the one line to type and returns 1.
ensure_packages () {
  local package missing=() as_root=()

  if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system: install the equivalents of: $*" >&2
    return 0
  fi
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root=(sudo)
    else
      echo "Packages are missing. Type this as root, then start again:" >&2
      echo "apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
  fi
  echo "Installing ${#missing[@]} packages: ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -qq >&2 || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || {
    echo "The installation failed. Type this as root to see why:" >&2
    echo "apt-get install --no-install-recommends ${missing[*]}" >&2
    return 1
  }
}

# recommend_packages NAME…: installs what is missing where that needs nobody; says so and goes on where it does not work.
recommend_packages () {
  (ensure_packages "$@" </dev/null) >/dev/null 2>&1 || echo "Recommended, but not installed: $*" >&2
}

# build_tree DIR OPTION…: configures once, again when the options change, and compiles.
build_tree () {
  local dir=$1
  shift

  # A pyenv or virtual environment must not stand in for the distribution's Python, which meson and pyatspi need.
  if [ ! -f "$dir/build.ninja" ]; then
    meson setup "$dir" "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; rm -f "$dir.log"; return 1; }
    rm -f "$dir.log"
  else
    meson configure "$dir" "$@" >/dev/null || return 1
  fi
  # Where nothing is to be done there is nothing to say.
  ninja -C "$dir" --quiet 2>&1 | { grep -v "^ninja: no work to do" || true; } >&2
}
