/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The program that asks for a password in the terminal on behalf of polkit (pkttyagent), for as long as an order waits. One
 * that runs already, as on a desktop, is asked before it.
 */

typedef struct Agent Agent;

/* Returns when it is ready. NULL if there is no terminal to ask in, or no such program: then polkit has to do without. */
Agent *agent_start(void);
Agent *agent_stop(Agent *agent);
