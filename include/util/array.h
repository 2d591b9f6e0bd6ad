/* SPDX-License-Identifier: MIT */
/* array: the number of elements of an array. */
#ifndef RELAYDAM_UTIL_ARRAY_H
#define RELAYDAM_UTIL_ARRAY_H

/* Of an array only: for a pointer the result is wrong, and the compiler warns (-Wsizeof-pointer-div). */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
