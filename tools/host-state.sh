# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Sourced by tools/check and tools/try: what runs on this host, so that it can be compared before and after. A line each:
#   unit NAME         a running service, where systemd runs the host
#   enabled NAME      a service that starts at boot
#   process PATH      a system program that runs without a terminal (any daemon of the distribution)
#   leftover PATH     a program of our own build folders, or one that was unpacked there
#   policy HASH       the policy-rc.d

HOST_PROC=${HOST_PROC:-/proc}
SYSTEM_PROGRAM='^(/usr)?/(sbin|libexec|lib/systemd|lib/[^/]*d)/|/(dbus-daemon|dbus-broker)$'
# Short-lived work of the host itself, at any time.
PASSING='/(systemd-udevd|udevadm|systemd-(hostnamed|timedated|localed|tmpfiles|logind)|packagekitd|cron|anacron|sshd)$'

# host_state OUR_BUILD_FOLDER
host_state() {
    {
        host_processes "$1"
        if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
            systemctl list-units --type=service --state=running --plain --no-legend | awk '{ print "unit " $1 }'
            systemctl list-unit-files --type=service --state=enabled --no-legend | awk '{ print "enabled " $1 }'
        fi
        printf 'policy %s\n' "$(sha256sum "$POLICY" 2>/dev/null | cut -d ' ' -f 1)"
    } | sort -u
}

host_processes() {
    local process program terminal
    for process in "$HOST_PROC"/[0-9]*; do
        program=$(readlink "$process/exe" 2>/dev/null) || continue
        program=${program% (deleted)}
        if [[ $program == "$1"/* ]]; then
            printf 'leftover %s\n' "$program"
        elif [[ $program =~ $SYSTEM_PROGRAM && ! $program =~ $PASSING ]]; then
            # The seventh field counted from the end of the name, which may hold blanks: the terminal.
            terminal=$(sed 's/^.*) //' "$process/stat" 2>/dev/null | cut -d ' ' -f 5)
            [ "$terminal" != 0 ] || printf 'process %s\n' "$program"
        fi
    done
}

# host_changes BEFORE AFTER: prints what came (>) and went (<); fails if anything did.
host_changes() {
    local changes
    changes=$(diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") | grep '^[<>]')
    [ -z "$changes" ] || {
        printf '%s\n' "$changes"
        return 1
    }
}
