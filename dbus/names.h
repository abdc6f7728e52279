/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names of our D-Bus API, shared by the daemon and its clients. The contract itself is the XML beside this file.
 */

#define TIMEBALL_BUS_NAME "org.timeball1"

#define TIMEBALL_PATH         "/org/timeball1"
#define TIMEBALL_CLOCK_PATH   "/org/timeball1/clock"
#define TIMEBALL_SOURCES_PATH "/org/timeball1/source"
#define TIMEBALL_POOLS_PATH   "/org/timeball1/pool"
#define TIMEBALL_SERVER_PATH  "/org/timeball1/server"
#define TIMEBALL_HINTS_PATH   "/org/timeball1/hint"

#define TIMEBALL_MANAGER_INTERFACE        "org.timeball1.Manager"
#define TIMEBALL_CLOCK_INTERFACE          "org.timeball1.Clock"
#define TIMEBALL_SOURCE_INTERFACE         "org.timeball1.Source"
#define TIMEBALL_NTP_SOURCE_INTERFACE     "org.timeball1.NTPSource"
#define TIMEBALL_SYMMETRIC_AUTH_INTERFACE "org.timeball1.SymmetricAuth"
#define TIMEBALL_POOL_INTERFACE           "org.timeball1.Pool"
#define TIMEBALL_SERVER_INTERFACE         "org.timeball1.Server"
#define TIMEBALL_HINT_INTERFACE           "org.timeball1.Hint"

/* Names that others have given, and clients that never heard of us ask for. */
#define TIMESYNC_BUS_NAME     "org.freedesktop.timesync1"
#define TIMESYNC_PATH         "/org/freedesktop/timesync1"
#define TIMESYNC_INTERFACE    "org.freedesktop.timesync1.Manager"
#define LOG_CONTROL_PATH      "/org/freedesktop/LogControl1"
#define LOG_CONTROL_INTERFACE "org.freedesktop.LogControl1"

/* What the API refuses with, beside the errors of D-Bus itself; the XML says where. */
#define TIMEBALL_ERROR_NO_SUCH_SOURCE     "org.timeball1.Error.NoSuchSource"
#define TIMEBALL_ERROR_SOURCE_EXISTS      "org.timeball1.Error.SourceExists"
#define TIMEBALL_ERROR_TOO_MANY_SOURCES   "org.timeball1.Error.TooManySources"
#define TIMEBALL_ERROR_UNRESOLVABLE       "org.timeball1.Error.Unresolvable"
#define TIMEBALL_ERROR_INVALID_OPTION     "org.timeball1.Error.InvalidOption"
#define TIMEBALL_ERROR_INVALID_SUBNET     "org.timeball1.Error.InvalidSubnet"
#define TIMEBALL_ERROR_INVALID_STATE      "org.timeball1.Error.InvalidState"
#define TIMEBALL_ERROR_NOT_SYNCHRONIZED   "org.timeball1.Error.NotSynchronized"
#define TIMEBALL_ERROR_STEP_REFUSED       "org.timeball1.Error.StepRefused"
#define TIMEBALL_ERROR_MANUAL_DISABLED    "org.timeball1.Error.ManualDisabled"
#define TIMEBALL_ERROR_NO_RTC             "org.timeball1.Error.NoRTC"
#define TIMEBALL_ERROR_BAD_RTC_FILE       "org.timeball1.Error.BadRTCFile"
#define TIMEBALL_ERROR_NO_SERVER          "org.timeball1.Error.NoServer"
#define TIMEBALL_ERROR_NO_NTS             "org.timeball1.Error.NoNTS"
#define TIMEBALL_ERROR_CONFIG_INVALID     "org.timeball1.Error.ConfigInvalid"
#define TIMEBALL_ERROR_READ_ONLY          "org.timeball1.Error.ReadOnly"
#define TIMEBALL_ERROR_BUSY               "org.timeball1.Error.Busy"
#define TIMEBALL_ERROR_RATE_LIMITED       "org.timeball1.Error.RateLimited"
#define TIMEBALL_ERROR_NOT_COMPILED_IN    "org.timeball1.Error.NotCompiledIn"
#define TIMEBALL_ERROR_BAD_SAMPLE         "org.timeball1.Error.BadSample"
#define TIMEBALL_ERROR_SMOOTHING_DISABLED "org.timeball1.Error.SmoothingDisabled"

/* The fields of timesync1's NTPMessage, named in org.freedesktop.timesync1.Manager.xml. */
#define TIMESYNC_MESSAGE_FIELDS "uuuuittayttttbtt"

/* One element of the array that Manager.ListSources returns; its fields in order are named in org.timeball1.Manager.xml. */
#define TIMEBALL_SOURCE_ROW "(ousssssbssuyitdddddddddua{sv})"

/* One element of the arrays that Server.ListClients and ListTopClients return, named in org.timeball1.Server.xml. */
#define TIMEBALL_CLIENT_ROW "(sttttttiiiiuuu)"
