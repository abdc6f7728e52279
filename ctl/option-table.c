/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "numeral.h"
#include "options.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ExitStatus refuse(const OptionRow *row, const char *text) {
        fprintf(stderr, "timeballctl: --%s: '%s' is not one of: %s\n", row->name, text, row->words);
        return STATUS_USAGE;
}

static void *field(Options *o, const OptionRow *row) {
        return (char *)o + row->offset;
}

static ExitStatus set_flag(Options *o, const OptionRow *row, const char *argument) {
        *(bool *)field(o, row) = true;
        return STATUS_OK;
}

static ExitStatus set_text(Options *o, const OptionRow *row, const char *argument) {
        *(const char **)field(o, row) = argument;
        return STATUS_OK;
}

static ExitStatus set_span(Options *o, const OptionRow *row, const char *argument) {
        if (options_span(argument, field(o, row)))
                return STATUS_OK;
        fprintf(stderr, "timeballctl: --%s: '%s' is not a span such as 1ms, 50us, 0.1s or 5min\n", row->name,
                argument);
        return STATUS_USAGE;
}

static ExitStatus set_count(Options *o, const OptionRow *row, const char *argument) {
        if (numeral_whole(argument, 0, INT64_MAX, field(o, row)))
                return STATUS_OK;
        fprintf(stderr, "timeballctl: --%s: '%s' is not a whole number\n", row->name, argument);
        return STATUS_USAGE;
}

static ExitStatus set_no_legend(Options *o, const OptionRow *row, const char *argument) {
        o->view.legend = false;
        return STATUS_OK;
}

static ExitStatus set_json(Options *o, const OptionRow *row, const char *argument) {
        static const char *const names[] = {
                [JSON_OFF] = "off", [JSON_SHORT] = "short", [JSON_PRETTY] = "pretty"
        };

        if (!argument) {
                o->json = isatty(STDOUT_FILENO) ? JSON_PRETTY : JSON_SHORT;
                return STATUS_OK;
        }
        for (size_t i = 0; i < ELEMENTS(names); i++)
                if (strcmp(names[i], argument) == 0) {
                        o->json = (JsonStyle)i;
                        return STATUS_OK;
                }
        return refuse(row, argument);
}

static ExitStatus set_unit(Options *o, const OptionRow *row, const char *argument) {
        int unit = unit_from_string(argument);

        if (unit < 0)
                return refuse(row, argument);
        o->view.unit = (Unit)unit;
        return STATUS_OK;
}

static ExitStatus set_color(Options *o, const OptionRow *row, const char *argument) {
        if (strcmp(argument, "always") == 0)
                o->view.colour = true;
        else if (strcmp(argument, "never") == 0)
                o->view.colour = false;
        else if (strcmp(argument, "auto") != 0)
                return refuse(row, argument);
        return STATUS_OK;
}

static ExitStatus add_property(Options *o, const OptionRow *row, const char *argument) {
        if (o->n_properties == PROPERTIES_MAX) {
                fprintf(stderr, "timeballctl: more than %d properties\n", PROPERTIES_MAX);
                return STATUS_USAGE;
        }
        o->properties[o->n_properties++] = argument;
        o->values_only = o->values_only || row->code == 'P';
        return STATUS_OK;
}

#define AT(member) offsetof(Options, member)

/* Options without a letter have the numbers from here. */
enum { WORD = 256 };

static const OptionRow rows[] = {
        { 'n', "numeric", NULL, NULL, "Show addresses instead of names", NULL, NULL, set_flag,
                AT(view.numeric) },
        { 'v', "verbose", NULL, NULL, "Show more columns, and the reason of each state", NULL, NULL, set_flag,
                AT(view.verbose) },
        { 'p', "property", "NAME", "show", "This property only; can be given again",
                "This property only.\nCan be given again; the order is kept.", NULL, add_property, 0 },
        { WORD, "value", NULL, "show", "Print values without names", NULL, NULL, set_flag, AT(values_only) },
        { 'P', NULL, "NAME", "show", "The same as --value -p NAME", "The same as *--value -p* _NAME_.", NULL,
                add_property, 0 },
        { 'a', "all", NULL, "show", "What is empty or not known, too",
                "Also the properties that are empty or not known, which are left out otherwise unless they are asked "
                "for by name.",
                NULL, set_flag, AT(all_properties) },
        { WORD + 1, "check", NULL, "status", "One line; end with 6 unless synchronized",
                "Print one line, and end with 6 unless the clock is synchronized and no alert is critical.\n"
                "That says nothing of how well: a clock that has still minutes of error to be slewed away is "
                "synchronized too.\n"
                "Give *--max-error* to bound it.",
                NULL, set_flag, AT(check) },
        { WORD + 2, "max-error", "SPAN", "status wait-sync", "Within SPAN (1ms, 50us)",
                "*status --check* ends with 6 also if the maximum error is above _SPAN_; *wait-sync* waits until it is not.",
                NULL, set_span, AT(max_error_s) },
        { 'i', "interval", "SPAN", "watch", "How often to look; 2 s",
                "How long to wait before looking again; 2 s unless it is given, at least 0.1 s.", NULL,
                set_span, AT(interval_s) },
        { WORD + 13, "save", NULL, "add", "Keep it over a restart", NULL, NULL, set_flag, AT(save) },
        { WORD + 14, "since", "WHEN", "history graph", "From when on: 2h ago, or a date",
                "From when on: a span before now such as *2h*, an instant such as *\"2026-01-31 23:59:59\"*, or seconds "
                "since 1970 behind *@*.",
                NULL, set_text, AT(since) },
        { WORD + 15, "until", "WHEN", "history graph", "Until when", "Until when, as *--since*.", NULL,
                set_text, AT(until) },
        { WORD + 16, "series", "WHAT", "history graph", "offset, frequency, delay or jitter",
                "*offset*, if it is not given, *frequency*, *delay* or *jitter*; of the clock only the first two.",
                "offset frequency delay jitter", set_text, AT(series) },
        { WORD + 17, "csv", NULL, "history", "Comma-separated numbers",
                "Numbers in seconds or ppm, separated by commas; what is not known is empty.", NULL, set_flag,
                AT(csv) },
        { WORD + 18, "subnet", "SUBNET", "clients", "Those inside of it", NULL, NULL, set_text, AT(subnet) },
        { WORD + 19, "min-packets", "NUMBER", "clients", "Those with as many requests", NULL, NULL, set_count,
                AT(min_packets) },
        { WORD + 20, "sort", "ORDER", "clients", "requests, drops or recent: 1000 at most",
                "*requests* or *drops*: those with the most first; *recent*: those that asked last first. At most 1000 "
                "are shown then.",
                "requests drops recent", set_text, AT(sort) },
        { WORD + 21, "reset", NULL, "clients", "Have their counts begin anew",
                "Their counts begin at 0 again once they are shown, which takes org.timeball1.manage-server as well; "
                "not together with *--sort*.",
                NULL, set_flag, AT(reset) },
        { WORD + 3, "json", "[STYLE]", NULL, "Print JSON: pretty, short or off",
                "Print one JSON document: *pretty*, *short*, or *off* for the usual text; without _STYLE_ pretty in a "
                "terminal, else short.\n"
                "The names are those of the D-Bus properties, the numbers SI units; what is not known is *null*.\n"
                "*monitor* and *watch* print one document after the other, each between the character RS (0x1e) and a "
                "newline, as RFC 7464 has it.",
                "pretty short off", set_json, 0 },
        { 'j', NULL, NULL, NULL, "--json: pretty in a terminal, else short",
                "The same as *--json* without a style.", NULL, set_json, 0 },
        { WORD + 4, "units", "UNIT", NULL, "Unit of offsets: auto, ns, us, ms or s",
                "Show offsets in *ns*, *us*, *ms* or *s*; *auto* takes the one that fits.", "auto ns us ms s",
                set_unit, 0 },
        { WORD + 5, "utc", NULL, NULL, "Show instants in UTC", "Show instants in UTC instead of local time.",
                NULL, set_flag, AT(view.utc) },
        { WORD + 6, "no-legend", NULL, NULL, "Print no headings", NULL, NULL, set_no_legend, 0 },
        { WORD + 7, "color", "WHEN", NULL, "Colours: auto, always or never",
                "*always*, *never*, or *auto*: in a terminal.", "auto always never", set_color, 0 },
        { 'q', "quiet", NULL, NULL, "Print nothing; the exit status says it",
                "Print nothing but errors; the exit status says how it went.", NULL, set_flag, AT(quiet) },
        { WORD + 8, "no-pager", NULL, NULL, "Do not page the output", "Do not pipe the output into a pager.",
                NULL, set_flag, AT(no_pager) },
        { WORD + 9, "no-ask-password", NULL, NULL, "Do not ask for authorization",
                "Do not let polkit ask anybody for authorization: what is not allowed at once ends with 5.",
                NULL, set_flag, AT(no_ask_password) },
        { WORD + 10, "timeout", "SPAN", NULL, "How long to wait for an answer",
                "How long to wait for an answer: 10 s if it is not given, and 2 min where polkit may ask somebody "
                "first.",
                NULL, set_span, AT(timeout_s) },
        { 'H', "host", "[USER@]HOST", NULL, "Ask another machine, over ssh",
                "Ask the daemon of another machine, over *ssh*(1).\n"
                "_HOST_ can be followed by a port (:2222) and a container (/NAME).",
                NULL, set_text, AT(host) },
        { 'M', "machine", "CONTAINER", NULL, "Ask a container of this machine",
                "Ask the daemon in a container that *systemd-machined* knows.", NULL, set_text, AT(machine) },
        { WORD + 11, "address", "ADDRESS", NULL, "Connect to the bus at this D-Bus address",
                "Connect to the bus at this D-Bus address instead of the system bus.", NULL, set_text,
                AT(address) },
        { 'h', "help", NULL, NULL, "Show this help", "Show the verbs and options.", NULL, set_flag,
                AT(help) },
        { WORD + 12, "version", NULL, NULL, "Show the version", NULL, NULL, set_flag, AT(version) },
};

const OptionRow *option_row(size_t i) {
        return i < ELEMENTS(rows) ? &rows[i] : NULL;
}
