/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/mac-tail.h"

static bool fits(size_t n, unsigned version) {
        if (n == MAC_TAIL_NAK)
                return true;
        if (version >= 4)
                return n == MAC_TAIL_V4_MIN || n == MAC_TAIL_V4_MAX;
        return n >= MAC_TAIL_V3_MIN && n <= MAC_TAIL_V3_MAX && n % 4 == 0;
}

bool mac_tail_parse(const uint8_t *bytes, size_t n, unsigned version, MacTail *ret) {
        ByteReader r = byte_reader(bytes, n);

        if (!fits(n, version))
                return false;

        MacTail m = { .key_id = byte_reader_u32(&r) };
        m.n = byte_reader_left(&r);
        m.digest = byte_reader_take(&r, m.n);
        if (m.n == 0 && m.key_id != 0) /* a key without its digest */
                return false;

        *ret = m;
        return true;
}

void mac_tail_put(ByteWriter *w, const MacTail *m) {
        byte_writer_u32(w, m->key_id);
        byte_writer_put(w, m->digest, m->n);
}
