/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-policy.h"

#include <string.h>

typedef struct
{
  guint8             bytes[16];
  guint              bits;
  LeydenAddressReach reach;
} Block;

/* The first that fits counts. */
static const Block blocks4[] = {
  { { 0 }, 8, LEYDEN_ADDRESS_FORBIDDEN },               /* this network */
  { { 10 }, 8, LEYDEN_ADDRESS_PRIVATE },
  { { 100, 64 }, 10, LEYDEN_ADDRESS_PRIVATE },          /* carrier-grade NAT */
  { { 127 }, 8, LEYDEN_ADDRESS_PRIVATE },               /* loopback */
  { { 169, 254 }, 16, LEYDEN_ADDRESS_FORBIDDEN },       /* link-local, metadata services */
  { { 172, 16 }, 12, LEYDEN_ADDRESS_PRIVATE },
  { { 192, 0, 0 }, 24, LEYDEN_ADDRESS_FORBIDDEN },      /* protocol assignments */
  { { 192, 0, 2 }, 24, LEYDEN_ADDRESS_FORBIDDEN },      /* documentation */
  { { 192, 88, 99 }, 24, LEYDEN_ADDRESS_FORBIDDEN },    /* 6to4 relays, withdrawn */
  { { 192, 168 }, 16, LEYDEN_ADDRESS_PRIVATE },
  { { 198, 18 }, 15, LEYDEN_ADDRESS_PRIVATE },          /* benchmarks between networks */
  { { 198, 51, 100 }, 24, LEYDEN_ADDRESS_FORBIDDEN },   /* documentation */
  { { 203, 0, 113 }, 24, LEYDEN_ADDRESS_FORBIDDEN },    /* documentation */
  { { 224 }, 3, LEYDEN_ADDRESS_FORBIDDEN },             /* multicast, reserved, broadcast */
};

static const Block blocks6[] = {
  { { [15] = 1 }, 128, LEYDEN_ADDRESS_PRIVATE },        /* loopback */
  { { 0 }, 128, LEYDEN_ADDRESS_FORBIDDEN },             /* unspecified */
  { { 0x01 }, 64, LEYDEN_ADDRESS_FORBIDDEN },           /* discard */
  { { 0x20, 0x01, 0x00 }, 23, LEYDEN_ADDRESS_FORBIDDEN }, /* protocol assignments, Teredo among them */
  { { 0x20, 0x01, 0x0d, 0xb8 }, 32, LEYDEN_ADDRESS_FORBIDDEN }, /* documentation */
  { { 0xfc }, 7, LEYDEN_ADDRESS_PRIVATE },              /* unique local */
  { { 0xfe, 0x80 }, 10, LEYDEN_ADDRESS_FORBIDDEN },     /* link-local */
  { { 0xfe, 0xc0 }, 10, LEYDEN_ADDRESS_PRIVATE },       /* site-local, deprecated */
  { { 0xff }, 8, LEYDEN_ADDRESS_FORBIDDEN },            /* multicast */
  { { 0x20 }, 3, LEYDEN_ADDRESS_PUBLIC },               /* the only range that is given out */
  { { 0 }, 0, LEYDEN_ADDRESS_FORBIDDEN },
};

/* IPv6 prefixes with an IPv4 address behind them, and where it stands. */
static const struct { guint8 bytes[12]; guint length; guint offset; } carriers[] = {
  { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 12, 12 },     /* mapped */
  { { 0x00, 0x64, 0xff, 0x9b }, 12, 12 },                       /* NAT64 */
  { { 0x20, 0x02 }, 2, 2 },                                     /* 6to4 */
};

static gboolean
matches (const Block  *block,
         const guint8 *bytes)
{
  guint whole = block->bits / 8, rest = block->bits % 8;

  if (memcmp (block->bytes, bytes, whole) != 0)
    return FALSE;
  return rest == 0 || ((block->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
}

static LeydenAddressReach
find (const Block  *blocks,
      gsize         n_blocks,
      const guint8 *bytes)
{
  for (gsize i = 0; i < n_blocks; i++)
    if (matches (&blocks[i], bytes))
      return blocks[i].reach;
  return LEYDEN_ADDRESS_PUBLIC;
}

LeydenAddressReach
leyden_address_get_reach (GInetAddress *address)
{
  const guint8 *bytes;

  g_return_val_if_fail (G_IS_INET_ADDRESS (address), LEYDEN_ADDRESS_FORBIDDEN);

  bytes = g_inet_address_to_bytes (address);
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return find (blocks4, G_N_ELEMENTS (blocks4), bytes);
  for (gsize i = 0; i < G_N_ELEMENTS (carriers); i++)
    if (memcmp (carriers[i].bytes, bytes, carriers[i].length) == 0)
      return find (blocks4, G_N_ELEMENTS (blocks4), bytes + carriers[i].offset);
  return find (blocks6, G_N_ELEMENTS (blocks6), bytes);
}
