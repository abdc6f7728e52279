#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run by `meson install`: install-new.sh DEFAULT FILE
#
# The first installation gives the machine the file; no later one touches it, whatever has become of it, nor the file of whoever
# had it before us.
set -eu

default=${DESTDIR-}$1
file=${DESTDIR-}$2

if [ -e "$file" ] || [ -h "$file" ]; then
    printf 'Kept %s; the default is %s\n' "$file" "$default"
else
    install -D -m 644 "$default" "$file"
    printf 'Installed %s\n' "$file"
fi
