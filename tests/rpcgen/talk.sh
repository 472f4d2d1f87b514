#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: talk.sh PROGRAM LIBRARY_PATH_OF_SERVER LIBRARY_PATH_OF_CLIENT COUNT
# The same program as a server on one library and as a client on another; "none" is no path.
set -eu
coproc SERVER { LD_LIBRARY_PATH=$2 exec "$1" server; }
server=$SERVER_PID
read -r port <&"${SERVER[0]}"
LD_LIBRARY_PATH=$3 "$1" client "$port" 1 "$4"
kill "$server"
