/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/action.h"

#include <stdlib.h>

Action *action_push(ActionQueue *q, ActionKind kind) {
        if (q->n == ACTIONS_MAX)
                abort();
        Action *a = &q->actions[(q->first + q->n++) % ACTIONS_MAX];
        *a = (Action){ .kind = kind };
        return a;
}

bool action_pop(ActionQueue *q, Action *ret) {
        if (q->n == 0)
                return false;
        *ret = q->actions[q->first];
        q->first = (q->first + 1) % ACTIONS_MAX;
        q->n--;
        return true;
}
