/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/call-text.h"

#include "base/printable.h"

#include <stdio.h>
#include <string.h>

const char *method_text(sd_bus_message *m, char buffer[static METHOD_TEXT_MAX]) {
        const char *interface = sd_bus_message_get_interface(m),
                   *dot = interface ? strrchr(interface, '.') : NULL;

        snprintf(buffer, METHOD_TEXT_MAX, "%.60s%s%.60s", dot ? dot + 1 : "", dot ? "." : "",
                sd_bus_message_get_member(m));
        return buffer;
}

/* What does not fit ends in dots: whoever reads it is to know that there is more. */
static void mark_cut(char *text, size_t size, int length) {
        if ((size_t)length >= size)
                memcpy(text + size - sizeof("..."), "...", sizeof("..."));
}

const char *call_text(sd_bus_message *m, const CallAbout *about, char buffer[static CALL_TEXT_MAX]) {
        const char *what = about->what ? about->what : "", *how = about->how ? about->how : "";
        char method[METHOD_TEXT_MAX];

        int n = snprintf(buffer, CALL_TEXT_MAX, "%s%s%s%s%s", method_text(m, method), *what ? " " : "", what,
                *how ? " " : "", how);
        mark_cut(buffer, CALL_TEXT_MAX, n);
        printable_clean(buffer);
        return buffer;
}

const char *call_about_text(const CallAbout *about, char buffer[static CALL_ABOUT_MAX]) {
        int n = snprintf(buffer, CALL_ABOUT_MAX, "%s", about->what ? about->what : "");

        mark_cut(buffer, CALL_ABOUT_MAX, n);
        printable_clean(buffer);
        return buffer;
}
