/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/bulletin.h"

static const char *const uses[BULLETIN_USES] = {
        [BULLETIN_GOOD] = "good",
        [BULLETIN_STALE] = "stale",
        [BULLETIN_VOID] = "void",
};
DEFINE_STRTAB(BulletinUse, bulletin_use, uses);

BulletinUse bulletin_use(const Bulletin *b, Wall wall, Mono mono) {
        Span age = mono_sub(mono, b->mono);
        int64_t apart_ns = ns_sub(wall_sub(wall, b->wall).ns, age.ns);

        if (b->epoch == 0 || b->closed || apart_ns > BULLETIN_APART.ns || apart_ns < -BULLETIN_APART.ns)
                return BULLETIN_VOID;
        return age.ns > BULLETIN_LIFE.ns ? BULLETIN_STALE : BULLETIN_GOOD;
}
