# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stage of the integration tests: an isolated world, a network in it, peers, a bus and the daemon."""
