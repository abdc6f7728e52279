/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Message digests, by nettle. MD5 stands here only as a name maker: the reference identifier of an IPv6 server is made
 * of it (RFC 5905, 7.3). SHA-1 stands here only as the check sum of a leap second list. Both protect nothing and must not
 * be used where somebody could gain by a collision.
 */

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_MD5_SIZE = 16, DIGEST_SHA1_SIZE = 20 };

/* MD5 (RFC 1321) of bytes[0..n). */
void digest_md5(const uint8_t *bytes, size_t n, uint8_t ret[static DIGEST_MD5_SIZE]);
/* SHA-1 (RFC 3174) of them. */
void digest_sha1(const uint8_t *bytes, size_t n, uint8_t ret[static DIGEST_SHA1_SIZE]);
