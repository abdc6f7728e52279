/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pager.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define DEFAULT_PAGER "less"

static const char *choose(void) {
        static const char *const names[] = { "TIMEBALL_PAGER", "SYSTEMD_PAGER", "PAGER" };
        const char *pager = DEFAULT_PAGER;

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                const char *value = getenv(names[i]);
                if (value) {
                        pager = value;
                        break;
                }
        }
        if (pager[0] == '\0' || strcmp(pager, "cat") == 0)
                return NULL;
        return getuid() != geteuid() || getenv("SUDO_UID") || getenv("PKEXEC_UID") ? DEFAULT_PAGER : pager;
}

static int spawn(const char *pager, int input, pid_t *ret) {
        char shell[] = "sh", option[] = "-c";
        char *arguments[] = { shell, option, (char *)pager, NULL };
        posix_spawn_file_actions_t actions;

        /* As systemd has it: quit if it fits, colours, no wrapping, leave the screen, and the key ^C. */
        setenv("LESS", "FRSXMK", false);
        setenv("LESSSECURE", "1", true);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        int r = posix_spawnp(ret, shell, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

pid_t pager_start(void) {
        const char *pager = isatty(STDOUT_FILENO) ? choose() : NULL;
        pid_t pid = 0;
        int ends[2];

        if (!pager || pipe2(ends, O_CLOEXEC) < 0)
                return 0;
        if (spawn(pager, ends[0], &pid) < 0)
                pid = 0;
        else
                dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (pid > 0)
                signal(SIGPIPE, SIG_IGN); /* who has seen enough leaves */
        return pid;
}

void pager_stop(pid_t pager) {
        if (pager <= 0)
                return;
        close(STDOUT_FILENO);
        while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
                ;
}
