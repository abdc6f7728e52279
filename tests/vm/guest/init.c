/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first process of a virtual machine whose clock may be moved. It follows /script, a verb and name=value a line:
 *
 *   phase NAME                                     what comes is told under that name
 *   world begin_s= fast_ppm= ...                   true time begins anew (world.h)
 *   server delay_s= jitter_s= announces=           serves it (time-server.h), instead of the server before
 *   clock ahead_s=                                 the kernel's clock is set, and left as another daemon might leave it
 *   folder PATH UID                                is made, for that user
 *   start NAME PROGRAM ARGUMENT...                 a program beside us
 *   run for_s= tell_s= look_ms=                    watches for so long, tells every tell_s (watch.h)
 *   signal NAME NUMBER                             to a program
 *   rights NAME                                    tells as whom it runs, with what capabilities
 *   set-rtc ahead_s=, tell-rtc                     the hardware clock
 *   step by_s=, retune ppm=                        somebody else moves the clock, changes its rate
 *
 * and then powers off.
 */
#include "published.h"
#include "time-server.h"
#include "watch.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <math.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROGRAMS_MAX = 8, NAME_SIZE = 32, LINE_SIZE = 512, WORDS_MAX = 32, TICK_NOMINAL = 10000 };

typedef struct Program {
        char name[NAME_SIZE];
        pid_t pid;
} Program;

typedef struct Guest {
        char phase[NAME_SIZE];
        World *world;
        Watch *watch;
        pid_t server;
        Program programs[PROGRAMS_MAX];
        int n_programs;
        int second; /* of the phase */
} Guest;

/* Words of a line; [n] is NULL. */
typedef struct Words {
        char *items[WORDS_MAX + 1];
        int n;
} Words;

static double number(const Words *words, const char *name, double otherwise) {
        size_t n = strlen(name);

        for (int i = 1; i < words->n; i++)
                if (strncmp(words->items[i], name, n) == 0 && words->items[i][n] == '=')
                        return strtod(words->items[i] + n + 1, NULL);
        return otherwise;
}

static const char *word(const Words *words, int i) {
        return i < words->n ? words->items[i] : "";
}

static Program *find(Guest *g, const char *name) {
        for (int i = g->n_programs; i-- > 0;)
                if (strcmp(g->programs[i].name, name) == 0)
                        return &g->programs[i];
        printf("error: no program %s\n", name);
        return NULL;
}

static void do_phase(Guest *g, const Words *words) {
        (void)snprintf(g->phase, sizeof(g->phase), "%s", word(words, 1));
        g->second = 0;
        printf("phase %s\n", g->phase);
}

static void do_world(Guest *g, const Words *words) {
        WorldOptions options = {
                .begin_s = number(words, "begin_s", 0.0),
                .fast_ppm = number(words, "fast_ppm", 0.0),
                .sine_ppm = number(words, "sine_ppm", 0.0),
                .sine_s = number(words, "sine_s", 0.0),
                .jump_ppm = number(words, "jump_ppm", 0.0),
                .jump_s = number(words, "jump_s", 0.0),
                .wander = number(words, "wander", 0.0),
                .seed = (uint64_t)number(words, "seed", 0.0),
                .leap_s = (int64_t)number(words, "leap_s", 0.0),
        };

        world_free(g->world);
        g->world = world_new(&options);
        watch_begin(g->watch, g->world);
}

static void do_server(Guest *g, const Words *words) {
        TimeServerOptions options = {
                .delay_s = number(words, "delay_s", 0.0),
                .jitter_s = number(words, "jitter_s", 0.0),
                .seed = (uint64_t)number(words, "seed", 0.0),
                .announces = number(words, "announces", 0.0) > 0.0,
        };

        if (g->server > 0) {
                (void)kill(g->server, SIGKILL);
                (void)waitpid(g->server, NULL, 0);
        }
        g->server = time_server_start(g->world, &options);
        if (g->server < 0)
                puts("error: cannot serve");
}

/* Its own loop is on, it has been told of a leap second, an adjtime() goes on, TAI is wrong. */
static void do_clock(Guest *g, const Words *words) {
        int64_t ahead_ns = (int64_t)(number(words, "ahead_s", 0.0) * 1e9);
        struct timex adjtime = { .modes = ADJ_OFFSET_SINGLESHOT, .offset = 100000 };
        struct timex left = {
                .modes = ADJ_STATUS | ADJ_FREQUENCY | ADJ_TICK | ADJ_TAI | ADJ_MAXERROR | ADJ_ESTERROR,
                .status = STA_PLL | STA_INS,
                .freq = (long)(number(words, "freq_ppm", 0.0) * 65536.0),
                .tick = (long)number(words, "tick", TICK_NOMINAL),
                .constant = (long)number(words, "tai_s", 0.0),
        };
        int64_t wall_ns = world_true_ns(g->world, clock_ns(CLOCK_MONOTONIC_RAW)) + ahead_ns;
        struct timespec wall = { wall_ns / NS, wall_ns % NS };

        if (clock_settime(CLOCK_REALTIME, &wall) < 0 || adjtimex(&left) < 0 || adjtimex(&adjtime) < 0)
                printf("error: cannot set the clock: %s\n", strerror(errno));
        watch_begin(g->watch, g->world);
}

static void do_folder(Guest *g, const Words *words) {
        uid_t uid = (uid_t)atoi(word(words, 2));

        if (mkdir(word(words, 1), 0755) < 0 || chown(word(words, 1), uid, uid) < 0)
                printf("error: %s: %s\n", word(words, 1), strerror(errno));
}

static void do_start(Guest *g, const Words *words) {
        Program *p = &g->programs[g->n_programs++ % PROGRAMS_MAX];

        (void)snprintf(p->name, sizeof(p->name), "%s", word(words, 1));
        p->pid = fork();
        if (p->pid != 0)
                return;
        (void)execv(word(words, 2), words->items + 2);
        printf("error: %s: %s\n", word(words, 2), strerror(errno));
        _exit(EXIT_FAILURE);
}

static void bury(Guest *g) {
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                for (int i = 0; i < g->n_programs; i++)
                        if (g->programs[i].pid == pid)
                                printf("ended phase=%s name=%s status=%d\n", g->phase, g->programs[i].name,
                                        WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static void sleep_until(int64_t raw_ns) {
        int64_t left_ns = raw_ns - clock_ns(CLOCK_MONOTONIC_RAW);
        struct timespec t = { left_ns / NS, left_ns % NS };

        if (left_ns > 0)
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static void do_run(Guest *g, const Words *words) {
        int64_t seconds = (int64_t)number(words, "for_s", 0.0),
                tell_s = (int64_t)number(words, "tell_s", 1.0);
        int64_t look_ms = (int64_t)number(words, "look_ms", 1000.0);
        int64_t begin_ns = clock_ns(CLOCK_MONOTONIC_RAW);

        for (int64_t ms = look_ms; ms <= seconds * 1000; ms += look_ms) {
                sleep_until(begin_ns + ms * (NS / 1000));
                bury(g);
                watch_look(g->watch, ms % 1000 == 0);
                if (ms % 1000 != 0)
                        continue;
                g->second++;
                if (ms / 1000 % tell_s == 0)
                        watch_tell(g->watch, g->phase, g->second);
        }
}

static void do_signal(Guest *g, const Words *words) {
        const Program *p = find(g, word(words, 1));

        if (p && kill(p->pid, atoi(word(words, 2))) < 0)
                printf("error: %s: %s\n", p->name, strerror(errno));
}

static void do_rights(Guest *g, const Words *words) {
        const Program *p = find(g, word(words, 1));
        char path[64], line[256];
        FILE *f;

        (void)snprintf(path, sizeof(path), "/proc/%d/status", p ? (int)p->pid : 0);
        f = fopen(path, "re");
        while (f && fgets(line, sizeof(line), f))
                if (strncmp(line, "Uid:", 4) == 0 || strncmp(line, "CapEff:", 7) == 0 ||
                        strncmp(line, "CapPrm:", 7) == 0)
                        printf("rights %s", line);
        if (f)
                (void)fclose(f);
}

static void do_set_rtc(Guest *g, const Words *words) {
        time_t then = world_true_ns(g->world, clock_ns(CLOCK_MONOTONIC_RAW)) / NS +
                      (time_t)number(words, "ahead_s", 0.0);
        struct tm utc;

        (void)gmtime_r(&then, &utc);
        struct rtc_time t = { .tm_sec = utc.tm_sec,
                .tm_min = utc.tm_min,
                .tm_hour = utc.tm_hour,
                .tm_mday = utc.tm_mday,
                .tm_mon = utc.tm_mon,
                .tm_year = utc.tm_year };
        int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);

        if (ioctl(fd, RTC_SET_TIME, &t) < 0)
                printf("error: cannot set the hardware clock: %s\n", strerror(errno));
        (void)close(fd);
}

static void do_tell_rtc(Guest *g, const Words *words) {
        int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);
        struct rtc_time t = { 0 };

        if (ioctl(fd, RTC_RD_TIME, &t) < 0)
                printf("error: cannot read the hardware clock: %s\n", strerror(errno));
        (void)close(fd);
        struct tm utc = { .tm_sec = t.tm_sec,
                .tm_min = t.tm_min,
                .tm_hour = t.tm_hour,
                .tm_mday = t.tm_mday,
                .tm_mon = t.tm_mon,
                .tm_year = t.tm_year };
        printf("rtc ahead_s=%ld\n",
                (long)(timegm(&utc) - world_true_ns(g->world, clock_ns(CLOCK_MONOTONIC_RAW)) / NS));
}

static void do_step(Guest *g, const Words *words) {
        double by_s = number(words, "by_s", 0.0), whole_s = floor(by_s);
        struct timex t = { .modes = ADJ_SETOFFSET | ADJ_NANO,
                .time = { (time_t)whole_s, lround((by_s - whole_s) * 1e9) } };

        if (adjtimex(&t) < 0)
                puts("error: cannot step");
}

static void do_retune(Guest *g, const Words *words) {
        struct timex t = { .modes = ADJ_FREQUENCY, .freq = (long)(number(words, "ppm", 0.0) * 65536.0) };

        if (adjtimex(&t) < 0)
                puts("error: cannot retune");
}

static const struct {
        const char *name;
        void (*act)(Guest *g, const Words *words);
} verbs[] = {
        { "phase", do_phase },
        { "world", do_world },
        { "server", do_server },
        { "clock", do_clock },
        { "folder", do_folder },
        { "start", do_start },
        { "run", do_run },
        { "signal", do_signal },
        { "rights", do_rights },
        { "set-rtc", do_set_rtc },
        { "tell-rtc", do_tell_rtc },
        { "step", do_step },
        { "retune", do_retune },
};

static void follow(Guest *g, char *line) {
        Words words = { 0 };
        char *rest = NULL;

        for (char *w = strtok_r(line, " \n", &rest); w && words.n < WORDS_MAX;
                w = strtok_r(NULL, " \n", &rest))
                words.items[words.n++] = w;
        for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
                if (strcmp(word(&words, 0), verbs[i].name) == 0) {
                        verbs[i].act(g, &words);
                        return;
                }
        printf("error: no verb %s\n", word(&words, 0));
}

static void mount_at(const char *type, const char *where) {
        (void)mkdir(where, 0755);
        if (mount(type, where, type, 0, NULL) < 0)
                printf("error: no %s\n", where);
}

static void prepare(void) {
        struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        mount_at("proc", "/proc");
        mount_at("devtmpfs", "/dev");
        mount_at("tmpfs", "/run");
        (void)mkdir("/run/dbus", 0755);
        if (ioctl(fd, SIOCSIFFLAGS, &loopback) < 0)
                puts("error: no loopback");
        (void)close(fd);
}

int main(void) {
        Published *published = published_new();
        Guest g = { .watch = watch_new(published) };
        char line[LINE_SIZE];
        FILE *script;

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        prepare();
        script = fopen("/script", "re");
        while (script && g.watch && fgets(line, sizeof(line), script))
                follow(&g, line);
        puts("end");
        (void)reboot(RB_POWER_OFF);
        return EXIT_FAILURE;
}
