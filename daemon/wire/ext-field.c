/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/ext-field.h"

bool ext_field_next(ByteReader *r, ExtField *ret) {
        if (byte_reader_left(r) == 0)
                return false;

        ExtField field = { .type = byte_reader_u16(r) };
        size_t length = byte_reader_u16(r);
        if (length < EXT_FIELD_MIN || length % 4 != 0) {
                r->failed = true;
                return false;
        }
        field.n = length - EXT_FIELD_HEADER;
        field.body = byte_reader_take(r, field.n);
        if (r->failed)
                return false;

        *ret = field;
        return true;
}

void ext_field_put(ByteWriter *w, const ExtField *field, size_t min) {
        if (field->n > EXT_FIELD_BODY_MAX) {
                w->failed = true;
                return;
        }

        size_t used = EXT_FIELD_HEADER + field->n;
        size_t length = ((used > min ? used : min) + 3) / 4 * 4;
        byte_writer_u16(w, field->type);
        byte_writer_u16(w, (uint16_t)length);
        byte_writer_put(w, field->body, field->n);
        byte_writer_zeros(w, length - used);
}
