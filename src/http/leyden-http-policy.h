/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LeydenAddressReach: where an address leads, for flows that fetch what a file or a model told them to.
 * @LEYDEN_ADDRESS_PUBLIC: the internet
 * @LEYDEN_ADDRESS_PRIVATE: this computer or a network of its owner: only where the user allowed it
 * @LEYDEN_ADDRESS_FORBIDDEN: link-local (where cloud machines keep their credentials), multicast, unspecified, reserved: never
 */
typedef enum
{
  LEYDEN_ADDRESS_PUBLIC,
  LEYDEN_ADDRESS_PRIVATE,
  LEYDEN_ADDRESS_FORBIDDEN,
} LeydenAddressReach;

/* An IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4) counts as the IPv4 address. Source: the IANA special-purpose
 * address registries (RFC 6890 and its updates). */
LeydenAddressReach leyden_address_get_reach (GInetAddress *address);

G_END_DECLS
