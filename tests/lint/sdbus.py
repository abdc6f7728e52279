#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No sd-bus call that waits: one stopped bus must not stop the clock.

The names below wait for the bus's answer, or for the connection to be set up, inside the call. Their _async sisters do
not. Two are easily taken for harmless: sd_bus_get_unique_name waits for the connection's greeting, and
sd_bus_track_add_name asks the bus whether the name is there.
"""

import sys

import tree

WAITING = (
    r"\b(sd_bus_("
    r"call|call_method|call_methodv|request_name|release_name|add_match|match_signal|"
    r"default\w*|open\w*|[gs]et_property\w*|query_sender_\w+|flush\w*|wait|"
    r"get_name_creds|get_owner_creds|get_name_machine_id|get_owner_machine_id|list_names|get_bus_id|get_unique_name|"
    r"track_add_name|track_add_sender|get_creds_by_\w+"
    r")|_cleanup_\(sd_bus_flush_close_unrefp)\s*(?:\(|\))"
)


def check(files):
    sources = [source for source in files.c if source.path.startswith("daemon/")]
    return tree.matches(sources, WAITING, lambda match: f"{match.group(1)} waits for the bus: use what does not")


BAD = {
    name: {"daemon/bus/a.c": f"void f(void) {{\n        {name}(bus, 0);\n}}\n"}
    for name in ("sd_bus_call", "sd_bus_call_method", "sd_bus_request_name", "sd_bus_add_match", "sd_bus_match_signal",
                 "sd_bus_default_system", "sd_bus_open_system", "sd_bus_get_property_string", "sd_bus_set_property",
                 "sd_bus_query_sender_creds", "sd_bus_query_sender_privilege", "sd_bus_flush", "sd_bus_get_unique_name",
                 "sd_bus_track_add_name", "sd_bus_flush_close_unref", "sd_bus_wait")
} | {
    "in a macro": {"daemon/bus/a.h": "#define CALL(m) \\\n        sd_bus_call (bus, m, 0, NULL, NULL)\n"},
    "in run": {"daemon/run/a.c": "int x = sd_bus_release_name(b, n);\n"},
}
GOOD = {
    "asynchronous calls": {"daemon/bus/a.c": "int x = sd_bus_call_async(b, s, m, h, u, 0) + sd_bus_request_name_async(b);\n"
                           "int y = sd_bus_add_match_async(b) + sd_bus_match_signal_async(b);\n"},
    "a comment": {"daemon/bus/a.c": "/* not sd_bus_call(), which waits */\n// sd_bus_flush(b)\n"},
    "a string": {"daemon/bus/a.c": 'const char *x = "sd_bus_call(";\n'},
    "the client waits as it likes": {"ctl/a.c": "int x = sd_bus_call(b, m, 0, NULL, NULL);\n"},
    "an object": {"daemon/bus/a.c": "int x = sd_bus_new(&b) + sd_bus_add_object_vtable(b) + sd_bus_get_fd(b);\n"},
}

if __name__ == "__main__":
    sys.exit(tree.run("sdbus", check, BAD, GOOD))
