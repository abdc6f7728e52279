/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names of our D-Bus API, shared by the daemon and its clients. The contract itself is the XML beside this file.
 */

#define TIMEBALL_BUS_NAME "org.timeball1"

#define TIMEBALL_PATH         "/org/timeball1"
#define TIMEBALL_CLOCK_PATH   "/org/timeball1/clock"
#define TIMEBALL_SOURCES_PATH "/org/timeball1/source"
#define TIMEBALL_SERVER_PATH  "/org/timeball1/server"

#define TIMEBALL_MANAGER_INTERFACE    "org.timeball1.Manager"
#define TIMEBALL_CLOCK_INTERFACE      "org.timeball1.Clock"
#define TIMEBALL_SOURCE_INTERFACE     "org.timeball1.Source"
#define TIMEBALL_NTP_SOURCE_INTERFACE "org.timeball1.NTPSource"
#define TIMEBALL_SERVER_INTERFACE     "org.timeball1.Server"

#define TIMEBALL_ERROR_NO_SUCH_SOURCE "org.timeball1.Error.NoSuchSource"
#define TIMEBALL_ERROR_NO_SERVER      "org.timeball1.Error.NoServer"
#define TIMEBALL_ERROR_INVALID_SUBNET "org.timeball1.Error.InvalidSubnet"

/* One element of the array that Manager.ListSources returns; its fields in order are named in org.timeball1.Manager.xml. */
#define TIMEBALL_SOURCE_ROW "(ousssssbssuyitdddddddddua{sv})"

/* One element of the arrays that Server.ListClients and ListTopClients return, named in org.timeball1.Server.xml. */
#define TIMEBALL_CLIENT_ROW "(sttttttiiiiuuu)"
