#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run by `meson install`: install-config.sh DEFAULT CONFIG
#
# The first installation gives the machine its configuration; no later one touches it, whatever has become of it.
set -eu

default=${DESTDIR-}$1
config=${DESTDIR-}$2

if [ -e "$config" ] || [ -h "$config" ]; then
    printf 'Kept %s; the default is %s\n' "$config" "$default"
else
    install -D -m 644 "$default" "$config"
    printf 'Installed %s\n' "$config"
fi
