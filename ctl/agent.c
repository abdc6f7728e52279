/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <unistd.h>

enum { NOTIFY_FD = 3, READY_MS = 5000 };

extern char **environ;

struct Agent {
        pid_t pid;
};

/* Polkit looks for other agents by the login session. Where there is none, nobody but ours could be asked, and polkit would
 * not find it as the fallback. */
static bool in_session(void) {
        char *session = NULL;

        int r = sd_pid_get_session(0, &session);
        free(session);
        return r >= 0;
}

/* It closes the descriptor when it has registered, and when it ends. */
static int spawn(int notify, pid_t *ret) {
        char program[] = "pkttyagent", option[] = "--notify-fd", number[] = "3", fallback[] = "--fallback";
        char *arguments[] = { program, option, number, in_session() ? fallback : NULL, NULL };
        posix_spawn_file_actions_t actions;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, notify, NOTIFY_FD);
        int r = posix_spawnp(ret, program, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

Agent *agent_start(void) {
        int ends[2];
        pid_t pid;

        if (!isatty(STDIN_FILENO) || pipe2(ends, O_CLOEXEC) < 0)
                return NULL;
        /* A descriptor that is dup2()ed to itself would stay O_CLOEXEC. */
        int notify = fcntl(ends[1], F_DUPFD_CLOEXEC, NOTIFY_FD + 1);
        close(ends[1]);
        int r = notify < 0 ? -errno : spawn(notify, &pid);
        if (notify >= 0)
                close(notify);
        if (r >= 0) {
                struct pollfd ready = { .fd = ends[0] };
                while (poll(&ready, 1, READY_MS) < 0 && errno == EINTR)
                        ;
        }
        close(ends[0]);
        if (r < 0)
                return NULL;
        Agent *agent = malloc(sizeof(*agent));
        if (!agent)
                abort();
        agent->pid = pid;
        return agent;
}

Agent *agent_stop(Agent *agent) {
        if (agent) {
                kill(agent->pid, SIGTERM);
                kill(agent->pid, SIGCONT); /* if it was stopped by the terminal */
                while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        free(agent);
        return NULL;
}
