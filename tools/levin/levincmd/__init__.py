# SPDX-License-Identifier: BSD-3-Clause
"""The program levin: runs programs on Levin's libraries, and compares both."""
