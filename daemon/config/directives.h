/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * THE table of directives: every name of chrony.conf with its arguments, options, ranges, defaults and help. Parser, -p,
 * --check, the default file and the manual page are all made from it; nothing about a directive stands anywhere else.
 */

#include "config/param.h"

typedef enum DirectiveClass {
        DIRECTIVE_PLAIN,  /* values go where their storage says */
        DIRECTIVE_SERVER, /* makes a SourceSpec */
        DIRECTIVE_POOL,
        DIRECTIVE_PEER,
        DIRECTIVE_REFCLOCK,
        DIRECTIVE_ALLOW, /* make an AccessRule */
        DIRECTIVE_DENY,
        DIRECTIVE_INCLUDE, /* read other files */
        DIRECTIVE_CONFDIR,
        DIRECTIVE_SOURCEDIR,
        DIRECTIVE_OBSOLETE, /* ignored with a warning */
        DIRECTIVE_IGNORED,  /* ignored without one */
} DirectiveClass;

/* What a second line with the same name does. */
typedef enum DirectiveMerge {
        MERGE_LAST,      /* replaces the first */
        MERGE_ALL,       /* adds to it */
        MERGE_BY_FAMILY, /* replaces it if the address family is the same */
} DirectiveMerge;

typedef enum DirectiveGroup {
        GROUP_SOURCES,
        GROUP_SELECTION,
        GROUP_CLOCK,
        GROUP_SERVER,
        GROUP_COMMANDS,
        GROUP_RTC,
        GROUP_LOGGING,
        GROUP_PROCESS,
        GROUP_FILES,
        DIRECTIVE_GROUPS
} DirectiveGroup;

DECLARE_STRTAB(DirectiveGroup, directive_group);

/* A way to write the arguments. */
typedef struct DirectiveForm {
        const Param *params;
        size_t n;
} DirectiveForm;

enum { DIRECTIVE_FORMS = 2 };

typedef struct Directive {
        const char *name;                     /* lower case */
        const char *alias_of;                 /* another directive that it is read as, NULL = none */
        DirectiveForm forms[DIRECTIVE_FORMS]; /* the first that takes the number of words counts */
        const Param *options; /* words that may follow in any order; a row without name at the end */
        Storage flag;         /* in Config: set to 1 by the line itself */
        DirectiveClass class;
        DirectiveMerge merge;
        DirectiveGroup group;
        bool effect;     /* whether the directive does something today */
        bool reloadable; /* a change can take effect without a restart */
        RowSource source;
        const char *help;    /* one line, no full stop */
        const char *example; /* arguments that make sense, where there is no default; NULL = none needed */
} Directive;

/* All of them, sorted by name. */
extern const Directive directives[];
extern const size_t n_directives;

/* NULL if there is none. Case does not matter; an alias gives the directive that it stands for. */
const Directive *directive_find(const char *name);
/* server, pool, peer. */
bool directive_makes_source(const Directive *d);
/* Whether a line of it can be given while the daemon runs, to hold from then on: it has numbers and flags only, which take effect
 * without a restart, or it is allow or deny. */
bool directive_can_be_set(const Directive *d);
/* The name that the unknown one is most like, or NULL. */
const char *directive_guess(const char *name);
/* Likewise of a list of options, which ends with one that has no name. */
const char *param_guess(const Param *params, const char *name);
/* The row of that name in a table that ends with a row without name (which may be NULL), or NULL. */
const Param *param_find(const Param *table, const char *name);
/* The form that takes n_words arguments; NULL if none does. With options any number of words above the least will do. */
const DirectiveForm *directive_form(const Directive *d, size_t n_words);
/* Least and greatest number of arguments over all forms; SIZE_MAX if there is no limit. */
void directive_argument_range(const Directive *d, size_t *ret_min, size_t *ret_max);
