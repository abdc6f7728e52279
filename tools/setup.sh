# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Sourced by tools/try and tools/check: gives a bare Debian 12 what they need. The host's services stay as they are:
# nothing is removed, and while packages are installed a policy-rc.d forbids every start, stop and restart; whatever
# policy was there before is put back, also after a failure.
#
# shellcheck disable=SC2034 # the lists are for those who source this

BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkg-config python3 libsystemd-dev nettle-dev)
TRY_PACKAGES=(dbus-daemon mount python3-dbus util-linux)
CHECK_PACKAGES=(
    clang libclang-rt-dev llvm binutils libcmocka-dev libglib2.0-bin
    clang-format codespell groff-base libxml2-utils shellcheck universal-ctags
    dbus-daemon debootstrap fish iproute2 mount nftables polkitd procps python3-dbus python3-gi strace systemd systemd-container tar util-linux
    valgrind zsh
)
# Time services and what steers them: a test unpacks them where it needs them, they are never installed.
NEVER_INSTALLED='chrony|ntp|ntpsec|openntpd|ntpsec-ntpdate|systemd-timesyncd|gpsd|network-manager|linuxptp'

APT=(apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o Acquire::http::Timeout=30)
POLICY=${TIMEBALL_ROOT:-}/usr/sbin/policy-rc.d
POLICY_BEFORE=$POLICY.before-timeball
POLICY_MARK='made by Timeball while packages are installed'

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || fail "needs root, to install packages and to make namespaces: sudo $0"
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

quiet_services() {
    restore_services # what a killed run left behind
    if [ -e "$POLICY" ] || [ -L "$POLICY" ]; then
        mv "$POLICY" "$POLICY_BEFORE"
    fi
    printf '#!/bin/sh\n# %s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
    chmod 755 "$POLICY"
}

restore_services() {
    if grep -qs "$POLICY_MARK" "$POLICY"; then
        rm -f "$POLICY"
    fi
    if [ -e "$POLICY_BEFORE" ] || [ -L "$POLICY_BEFORE" ]; then
        mv "$POLICY_BEFORE" "$POLICY"
    fi
}

# Reads `apt-get -s install` and says why the installation must not happen; silent if it may. A service that is here
# already may be upgraded with what it is built together with: `Inst NAME [OLD] (NEW ...)`.
objection() {
    awk -v never="^($NEVER_INSTALLED)(:.*)?$" '
        $1 == "Remv" || $1 == "Purg" { removed = removed " " $2 }
        $1 == "Inst" && $2 ~ never && $3 !~ /^\[/ { started = started " " $2 }
        END {
            if (removed) print "it would remove" removed
            if (started) print "it would install the service" started
        }'
}

install_packages() {
    local package plan why missing=()
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "no apt-get here; install by hand: ${missing[*]}"
    printf 'installing %s\n' "${missing[*]}"
    "${APT[@]}" -qq update || printf 'apt-get update failed; going on with the package lists that are here\n'
    plan=$(LC_ALL=C "${APT[@]}" -s install --no-install-recommends "${missing[@]}") ||
        fail "apt cannot install ${missing[*]}"
    why=$(objection <<<"$plan")
    [ -z "$why" ] || fail "not installing ${missing[*]}: $why"
    install_quietly "${missing[@]}"
}

# In a subshell, so that its trap puts the policy back however it ends.
install_quietly() (
    exec 9>"${TIMEBALL_ROOT:-}/run/timeball-setup.lock"
    flock 9
    trap restore_services EXIT
    trap 'exit 130' INT TERM HUP
    quiet_services
    log=$(DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "${APT[@]}" -qq install --yes --no-install-recommends \
        --no-remove -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" \
        2>&1 </dev/null 9>&-) || {
        printf '%s\n' "$log" | tail -n 30
        fail 'apt-get install failed'
    }
)
