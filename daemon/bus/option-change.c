/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/option-change.h"

#include "base/cleanup.h"
#include "bus/published.h"
#include "core/poll.h"
#include "dbus/names.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

typedef struct ChangeKey {
        const char *key;
        SourceField field;
        double min, max;
        size_t offset; /* of an int or a double */
        bool real;
} ChangeKey;

#define INTEGER(key, field, member, min, max) \
        { key, SOURCE_FIELD_##field, min, max, offsetof(SourceChange, member), false }
#define REAL(key, field, member, min, max) \
        { key, SOURCE_FIELD_##field, min, max, offsetof(SourceChange, member), true }

static const ChangeKey keys[] = {
        INTEGER("minpoll", MIN_POLL, min_poll, POLL_MIN, POLL_MAX),
        INTEGER("maxpoll", MAX_POLL, max_poll, POLL_MIN, POLL_MAX),
        INTEGER("polltarget", POLL_TARGET, poll_target, 1, 1000),
        REAL("maxdelay", MAX_DELAY, max_delay_s, 0, 1000),
        REAL("maxdelayratio", MAX_DELAY_RATIO, max_delay_ratio, 0, 1e6),
        REAL("maxdelaydevratio", MAX_DELAY_DEV_RATIO, max_delay_dev_ratio, 0, 1e6),
        INTEGER("minstratum", MIN_STRATUM, min_stratum, 0, 16),
        REAL("offset", OFFSET, offset_s, -1e9, 1e9),
        INTEGER("maxunreach", MAX_UNREACH, max_unreach, 0, INT_MAX),
};

#define KNOWN_KEYS \
        "there are minpoll, maxpoll, polltarget, maxdelay, maxdelayratio, maxdelaydevratio, minstratum, " \
        "offset, maxunreach and selectopts"

static int read_number(const ChangeKey *key, const CallOption *o, SourceChange *c, sd_bus_error *error) {
        bool is_number = o->kind == CALL_OPTION_INTEGER || (o->kind == CALL_OPTION_REAL && key->real);

        if (!is_number || !(o->real >= key->min && o->real <= key->max))
                return sd_bus_error_setf(error, TIMEBALL_ERROR_INVALID_OPTION,
                        "Option '%s' takes %s from %.10g to %.10g.", key->key,
                        key->real ? "a number" : "an integer", key->min, key->max);
        if (key->real)
                memcpy((char *)c + key->offset, &o->real, sizeof(o->real));
        else
                memcpy((char *)c + key->offset, &(int){ (int)o->integer }, sizeof(int));
        c->fields |= key->field;
        return 0;
}

static SelectFlags flag_of(const char *word, size_t n) {
        static const struct {
                const char *name;
                SelectFlags flag;
        } flags[] = {
                { "noselect", SELECT_NOSELECT },
                { "prefer", SELECT_PREFER },
                { "trust", SELECT_TRUST },
                { "require", SELECT_REQUIRE },
        };

        for (size_t i = 0; i < ELEMENTS(flags); i++)
                if (strlen(flags[i].name) == n && strncmp(flags[i].name, word, n) == 0)
                        return flags[i].flag;
        return 0;
}

static int refuse_flags(const char *text, sd_bus_error *error) {
        char shown[CALL_OPTION_SHOWN_MAX];

        return sd_bus_error_setf(error, TIMEBALL_ERROR_INVALID_OPTION,
                "'%s' is not for 'selectopts', which takes noselect, prefer, trust and require, each once and with + or - "
                "before it.",
                clean_copy(text, shown, sizeof(shown)));
}

static int read_flags(const CallOption *o, SourceChange *c, sd_bus_error *error) {
        const char *p = o->kind == CALL_OPTION_TEXT ? o->text : "";

        for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
                size_t n = strcspn(p, " ");
                SelectFlags flag = flag_of(p + 1, n - 1);
                if (flag == 0 || (*p != '+' && *p != '-') || ((c->flags_set | c->flags_cleared) & flag))
                        return refuse_flags(p, error);
                if (*p == '+')
                        c->flags_set |= flag;
                else
                        c->flags_cleared |= flag;
                p += n;
        }
        return c->flags_set || c->flags_cleared ? 0 : refuse_flags(p, error);
}

static int read_option(const CallOption *o, SourceChange *c, sd_bus_error *error) {
        for (size_t i = 0; i < ELEMENTS(keys); i++)
                if (strcmp(keys[i].key, o->key) == 0)
                        return read_number(&keys[i], o, c, error);
        if (strcmp(o->key, "selectopts") == 0)
                return read_flags(o, c, error);
        return call_options_refuse_key(o->key, KNOWN_KEYS, error);
}

int option_change_read(const CallOption *options, size_t n, SourceChange *ret, sd_bus_error *error) {
        SourceChange c = { 0 };
        int r = 0;

        if (n == 0)
                return sd_bus_error_setf(
                        error, SD_BUS_ERROR_INVALID_ARGS, "Nothing is to be changed; %s.", KNOWN_KEYS);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = read_option(&options[i], &c, error);
        if (r < 0)
                return r;
        if (!source_change_is_valid(&c))
                return sd_bus_error_set(error, TIMEBALL_ERROR_INVALID_OPTION,
                        "These do not go together: 'minpoll' is above 'maxpoll'.");
        *ret = c;
        return 0;
}
