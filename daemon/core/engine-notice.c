/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine has to say to people. */

#include "core/engine-state.h"

Notice *engine_push_notice(Engine *e, NoticeKind kind) {
        Notice *notice = &action_push(&e->out, ACTION_NOTICE)->notice;

        notice->kind = kind;
        return notice;
}

void engine_push_source_notice(Engine *e, NoticeKind kind, const Source *s) {
        Notice *notice = engine_push_notice(e, kind);

        notice->source_id = s->id;
        if (s->resolved)
                notice->address = s->assoc.remote.address;
        notice->verdict = s->verdict;
}

void engine_push_selection_notice(Engine *e, NoticeKind kind) {
        Notice *notice = engine_push_notice(e, kind);

        notice->selection = (int)e->selection.result;
        notice->verdict.agreeing = e->selection.n_agreeing;
        notice->verdict.voters = e->selection.n_voters;
}

void engine_give_up(Engine *e, NoticeKind kind, double value, GiveUpReason reason) {
        engine_push_notice(e, kind)->value = value;
        action_push(&e->out, ACTION_GIVE_UP)->give_up = reason;
        e->over = true;
}
