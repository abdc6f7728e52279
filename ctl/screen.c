/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { ROWS_UNKNOWN = 24 };

struct Screen {
        struct termios before;
};

Screen *screen_enter(void) {
        struct termios keys;

        if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &keys) < 0)
                return NULL;
        Screen *s = malloc(sizeof(*s));
        if (!s)
                abort();
        s->before = keys;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
        fputs("\033[?1049h\033[?25l", stdout); /* another screen, no cursor */
        return s;
}

Screen *screen_leave(Screen *s) {
        if (s) {
                fputs("\033[?25h\033[?1049l", stdout);
                fflush(stdout);
                tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
        }
        free(s);
        return NULL;
}

void screen_show(const char *text, FILE *out) {
        struct winsize size;
        size_t rows =
                ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row : ROWS_UNKNOWN;

        fputs("\033[H", out);
        for (size_t row = 1; row < rows && *text; row++) {
                size_t n = strcspn(text, "\n");
                fprintf(out, "%.*s\033[K\n", (int)n, text); /* and the rest of the row is empty */
                text += n + (text[n] == '\n');
        }
        fputs("\033[J", out);
}
