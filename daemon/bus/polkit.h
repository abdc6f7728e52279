/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One question to polkit: may whoever has this name on the bus do this? Asked without waiting, and without libpolkit: it is
 * one call, org.freedesktop.PolicyKit1.Authority.CheckAuthorization. The subject is the sender's unique name, never a
 * process or a user. Only YES is yes: an error, silence, no polkit are answers of their own and all of them mean no.
 * A question that is freed before its answer is taken back at polkit too, so that no dialog stays open for nobody.
 *
 * Knows nothing of methods and gates (bus/authz.h).
 */

#include "base/strtab.h"

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

enum {
        /* Polkit gives a program that its rules start 10 s. */
        POLKIT_PATIENCE_USEC = 12 * 1000 * 1000,
        /* Where somebody may be asked for a password. */
        POLKIT_DIALOG_USEC = 300 * 1000 * 1000,
};

typedef enum PolkitAnswer {
        POLKIT_UNASKED,
        POLKIT_YES,
        POLKIT_NO,
        POLKIT_CHALLENGE, /* it would take a password, and none was given */
        POLKIT_DISMISSED, /* the dialog was closed */
        POLKIT_ABSENT,    /* nobody is there to be asked */
        POLKIT_SILENT,    /* no answer in time */
        POLKIT_FAILED,    /* an error, or nothing that can be read */
        POLKIT_ANSWERS
} PolkitAnswer;

DECLARE_STRTAB(PolkitAnswer, polkit_answer);

typedef struct PolkitRequest {
        const char *sender; /* unique name */
        const char *action;
        const char *method;      /* "Server.Deny": detail "method" */
        const char *call;        /* "Server.Deny 192.0.2.1": detail "call", which dialogs show */
        const char *key, *about; /* one more detail: ("source", "ntp.example"); key NULL: none */
        bool dialog;             /* somebody may be asked */
        uint64_t number;         /* another one for each question on this connection */
} PolkitRequest;

typedef struct PolkitQuestion PolkitQuestion;

/* Called once, and never for a question that was freed; the question is still to be freed. */
typedef void (*PolkitAnswered)(void *userdata, PolkitAnswer answer);

/* 0, or a negative errno: it could not be sent. */
int polkit_ask(sd_bus *connection, const PolkitRequest *request, PolkitAnswered answered, void *userdata,
        PolkitQuestion **ret);
PolkitQuestion *polkit_question_free(PolkitQuestion *q);
