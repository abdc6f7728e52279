/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The empty file that tells systemd-time-wait-sync.service that the clock is synchronized: /run/systemd/timesync/synchronized. It
 * stands in a runtime directory of the unit, which goes with the service; where no unit has given us that folder there is no file.
 */

/* 0: it is there; -ENOENT: the environment ($RUNTIME_DIRECTORY, systemd.exec(5)) names no such folder; another negative errno. */
int synchronized_file_touch(void);
