/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/param.h"

#include "base/subnet.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
        [PARAM_FLAG] = "flag",
        [PARAM_INTEGER] = "integer",
        [PARAM_REAL] = "number",
        [PARAM_TEXT] = "text",
        [PARAM_HOST] = "host",
        [PARAM_ADDRESS] = "address",
        [PARAM_LISTEN] = "listen",
        [PARAM_SUBNET] = "subnet",
        [PARAM_REFID] = "refid",
        [PARAM_CHOICE] = "choice",
        [PARAM_HEX] = "hex",
};

DEFINE_STRTAB(ParamKind, param_kind, kind_names);

static const char *const beyond_names[] = { [BEYOND_CLAMP] = "clamp", [BEYOND_REFUSE] = "refuse" };

DEFINE_STRTAB(BeyondRange, beyond_range, beyond_names);

static const char *const row_source_names[] = {
        [CHRONY_4_3] = "chrony 4.3", [CHRONY_4_8] = "chrony 4.8", [TIMEBALL] = "timeball"
};

DEFINE_STRTAB(RowSource, row_source, row_source_names);

/* Ends of a range that only mark what can be stored. */
static bool is_boundless(const Param *param, double end) {
        return fabs(end) >= (param->kind == PARAM_INTEGER ? INT_MAX : 1e9);
}

static const char *number_allowed(const Param *param, char buffer[static PARAM_ALLOWED_MAX]) {
        const char *article = param->kind == PARAM_INTEGER ? "an integer" : "a number";
        const char *space = param->unit ? " " : "", *unit = param->unit ? param->unit : "";
        char min[NUMBER_TEXT_MAX], max[NUMBER_TEXT_MAX];

        number_format(param->min, min);
        number_format(param->max, max);
        if (!is_boundless(param, param->max))
                snprintf(buffer, PARAM_ALLOWED_MAX, "%s from %s to %s%s%s", article, min, max, space, unit);
        else if (!is_boundless(param, param->min))
                snprintf(buffer, PARAM_ALLOWED_MAX, "%s of at least %s%s%s", article, min, space, unit);
        else
                snprintf(buffer, PARAM_ALLOWED_MAX, "%s%s%s", article, param->unit ? " in " : "", unit);
        return buffer;
}

static const char *choices_allowed(const Param *param, char buffer[static PARAM_ALLOWED_MAX]) {
        size_t n =
                (size_t)snprintf(buffer, PARAM_ALLOWED_MAX, "%s", param->choices[1] ? "one of" : "the word");

        for (size_t i = 0; param->choices[i] && n < PARAM_ALLOWED_MAX; i++)
                n += (size_t)snprintf(
                        buffer + n, PARAM_ALLOWED_MAX - n, "%s%s", i > 0 ? ", " : " ", param->choices[i]);
        return buffer;
}

const char *param_allowed(const Param *param, char buffer[static PARAM_ALLOWED_MAX]) {
        switch (param->kind) {
        case PARAM_FLAG:
                break;
        case PARAM_INTEGER:
        case PARAM_REAL:
                return number_allowed(param, buffer);
        case PARAM_TEXT:
                return "one word";
        case PARAM_HOST:
                return "a host name or an IP address";
        case PARAM_ADDRESS:
                return "an IP address";
        case PARAM_LISTEN:
                return "an IP address or the path of a socket";
        case PARAM_SUBNET:
                return "an IP address with or without a prefix length, or a host name";
        case PARAM_REFID:
                return "one to four characters";
        case PARAM_CHOICE:
        case PARAM_HEX:
                return choices_allowed(param, buffer);
        }
        return "";
}

static void remark_put(Remark *remark, bool refused, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void remark_put(Remark *remark, bool refused, const char *format, ...) {
        va_list arguments;

        remark->refused = refused;
        va_start(arguments, format);
        vsnprintf(remark->text, sizeof(remark->text), format, arguments);
        va_end(arguments);
        remark->wrong = (int)strlen(remark->text);
}

static int refuse(const Param *param, Remark *remark) {
        char allowed[PARAM_ALLOWED_MAX];

        if (param->kind == PARAM_CHOICE && !param->choices[1])
                remark_put(remark, true, "only the word %s can stand here", param->choices[0]);
        else
                remark_put(remark, true, "%s must be %s", param->name, param_allowed(param, allowed));
        return 1;
}

static int value_set(Value *v, double number, const char *text) {
        v->number = number;
        v->text = strdup(text);
        return v->text ? 0 : -ENOMEM;
}

/* The end that is nearest to a number outside the range; what is no number becomes the default. */
static double nearest_in_range(const Param *param, double number) {
        if (isnan(number))
                return param->fallback ? strtod(param->fallback, NULL) : param->min;
        if (number < param->min)
                return param->min;
        return number > param->max ? param->max : number;
}

static int number_parse(const Param *param, const char *word, Value *ret, size_t *ret_used, Remark *remark) {
        char text[NUMBER_TEXT_MAX], allowed[PARAM_ALLOWED_MAX];
        char *end;

        double number = param->kind == PARAM_INTEGER ? (double)strtoll(word, &end, 10) : strtod(word, &end);
        if (end == word)
                return refuse(param, remark);
        *ret_used = (size_t)(end - word);

        /* The negation is for what is no number: it is in no range. */
        if (!(number >= param->min && number <= param->max)) {
                if (param->beyond == BEYOND_REFUSE)
                        return refuse(param, remark);
                number = nearest_in_range(param, number);
                remark_put(remark, false, "%s must be %s: %s is used", param->name,
                        param_allowed(param, allowed), number_format(number, text));
                remark->wrong -= (int)(strlen(": ") + strlen(text) + strlen(" is used"));
        }
        /* There is no negative zero in a normal form. */
        number = number + 0.0;
        return value_set(ret, number, number_format(number, text));
}

static int choice_parse(const Param *param, const char *word, Value *ret, Remark *remark) {
        for (size_t i = 0; param->choices[i]; i++)
                if (strcasecmp(param->choices[i], word) == 0)
                        return value_set(ret, (double)i, param->choices[i]);
        return refuse(param, remark);
}

static int hex_parse(const Param *param, const char *word, Value *ret, size_t *ret_used, Remark *remark) {
        char *end;
        unsigned long number = strtoul(word, &end, 16);

        *ret_used = (size_t)(end - word);
        for (size_t i = 0; end != word && param->choices[i]; i++)
                if (strtoul(param->choices[i], NULL, 16) == number)
                        return value_set(ret, (double)i, param->choices[i]);
        return refuse(param, remark);
}

static int address_parse(const Param *param, const char *word, Value *ret, Remark *remark) {
        char text[NET_ADDRESS_TEXT_MAX];
        NetAddress a;

        if (param->kind == PARAM_LISTEN && word[0] == '/')
                return value_set(ret, 0, word);
        if (net_address_parse(word, &a) != 0 || a.scope_id != 0)
                return refuse(param, remark);
        return value_set(ret, 0, net_address_format(&a, text));
}

static int subnet_value_parse(const Param *param, const char *word, Value *ret, Remark *remark) {
        char text[SUBNET_TEXT_MAX];
        Subnet s;

        for (size_t i = 0; param->choices && param->choices[i]; i++)
                if (strcasecmp(param->choices[i], word) == 0)
                        return value_set(ret, 0, param->choices[i]);

        switch (subnet_parse(word, &s)) {
        case SUBNET_OK:
                return value_set(ret, 0, subnet_format(&s, text));
        case SUBNET_NOT_ADDRESS:
                /* A host of that name would never be meant. */
                return strcasecmp(word, "all") == 0 ? refuse(param, remark) : value_set(ret, 0, word);
        case SUBNET_BAD_PREFIX:
                remark_put(
                        remark, true, "the prefix is longer than an address: 32 bits for IPv4, 128 for IPv6");
                return 1;
        case SUBNET_MALFORMED:
                break;
        }
        return refuse(param, remark);
}

static int host_parse(const Param *param, const char *word, Value *ret, Remark *remark) {
        NetAddress a;

        /* chronyd hands anything to the resolver, which will not find it; the daemon starts all the same. */
        if (net_address_parse(word, &a) != 0 && !strchr(word, '%') && !host_name_is_valid(word))
                remark_put(remark, false, "%s is neither an IP address nor a host name: it cannot be found",
                        param->name);
        return value_set(ret, 0, word);
}

static int refid_parse(const Param *param, const char *word, Value *ret, Remark *remark) {
        if (strlen(word) > 4)
                return refuse(param, remark);
        return value_set(ret, 0, word);
}

int value_parse(const Param *param, const char *word, Value *ret, size_t *ret_used, Remark *remark) {
        *ret = (Value){ .param = param };
        *ret_used = strlen(word);
        *remark = (Remark){ 0 };

        switch (param->kind) {
        case PARAM_FLAG:
                *ret_used = 0;
                return value_set(ret, 1, "");
        case PARAM_INTEGER:
        case PARAM_REAL:
                return number_parse(param, word, ret, ret_used, remark);
        case PARAM_TEXT:
                return value_set(ret, 0, word);
        case PARAM_HOST:
                return host_parse(param, word, ret, remark);
        case PARAM_ADDRESS:
        case PARAM_LISTEN:
                return address_parse(param, word, ret, remark);
        case PARAM_SUBNET:
                return subnet_value_parse(param, word, ret, remark);
        case PARAM_REFID:
                return refid_parse(param, word, ret, remark);
        case PARAM_CHOICE:
                return choice_parse(param, word, ret, remark);
        case PARAM_HEX:
                return hex_parse(param, word, ret, ret_used, remark);
        }
        return refuse(param, remark);
}

void value_done(Value *v) {
        free(v->text);
        *v = (Value){ 0 };
}

int param_put_default(const Param *param, void *target) {
        Remark remark;
        Value value;
        size_t used;

        if (!param->fallback)
                return 0;
        /* The tests see to it that no default is refused. */
        int r = value_parse(param, param->fallback, &value, &used, &remark);
        if (r == 0)
                r = storage_put(target, &param->storage, value.number, value.text);
        value_done(&value);
        return r < 0 ? r : 0;
}
