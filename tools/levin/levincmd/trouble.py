# SPDX-License-Identifier: BSD-3-Clause
"""What ends the program with one line for its user."""


class Trouble(Exception):
    """Something that cannot be done; the message says what and why."""
