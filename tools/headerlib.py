# SPDX-License-Identifier: BSD-3-Clause
"""Reads the public headers: what they declare, and the comment above each declaration."""

import collections
import os
import re

# Words of a declaration that say nothing to a reader.
EXPORT_WORDS = re.compile(r"\b(EVENT2_EXPORT_SYMBOL|EVENT2_CORE_EXPORT_SYMBOL|LEVIN_EXPORT)\b")

# name, kind (function, macro, typedef, struct, enum, value, member), text, comment, line
Item = collections.namedtuple("Item", "name kind text comment line")

_COMMENT = re.compile(r"/\*.*?\*/", re.S)


def headers(include):
    """Paths of all public headers, from `include`."""
    found = []
    for top, below, names in os.walk(include):
        below.sort()
        found += [os.path.relpath(os.path.join(top, name), include)
                  for name in sorted(names) if name.endswith(".h")]
    return sorted(found)


def comment_text(comment):
    """The lines of a comment without its stars."""
    body = re.sub(r"^/\*\*?<?|\*/$", "", comment.strip())
    lines = [re.sub(r"^\s*\*? ?", "", line) if at else line.strip()
             for at, line in enumerate(body.split("\n"))]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def _statements(code):
    """(start, end) of each declaration outside of braces; directives are blanked before."""
    depth = 0
    start = 0
    for at, char in enumerate(code):
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        elif char == ";" and depth == 0:
            yield start, at
            start = at + 1


def _classify(text):
    """(kind, name) of a declaration, or None."""
    text = EXPORT_WORDS.sub(" ", text)
    text = " ".join(re.sub(r"__attribute__\(\(.*?\)\)\)", " ", text).split())
    if text.startswith("typedef"):
        found = re.search(r"\(\*(\w+)\)\s*\(", text) or re.search(r"(\w+)\s*\(", text)
        found = found or re.search(r"(\w+)$", text)
        return "typedef", found.group(1)
    found = re.match(r"(struct|enum|union) (\w+)(\s*\{.*\})?$", text)
    if found:
        return found.group(1), found.group(2)
    found = re.match(r"(TAILQ_HEAD|LIST_HEAD)\((\w+)", text)
    if found:
        return "struct", found.group(2)
    found = re.match(r"[\w\s*]+?\b(\w+)\s*\(", text)
    if found and "{" not in text:
        return "function", found.group(1)
    return None


def read(include, header):
    """The items of one header, in order."""
    with open(os.path.join(include, header), encoding="utf-8") as stream:
        source = stream.read()
    comments = {}  # offset of what is described -> comment
    for match in _COMMENT.finditer(source):
        if match.group(0).startswith("/**<"):
            comments[source.rindex("\n", 0, match.start()) + 1] = match.group(0)
        elif match.group(0).startswith("/**"):
            following = re.compile(r"\S").search(source, match.end())
            if following:
                comments[following.start()] = match.group(0)
    code = _COMMENT.sub(_blank, source)
    items = []
    for match in re.finditer(r"^#\s*define\s+(\w+)(?:.*\\\n)*.*", code, re.M):
        items.append((match.start(), match.group(1), "macro", match.group(0)))
    plain = re.sub(r"^[ \t]*#(?:.*\\\n)*.*", _blank, code, flags=re.M)
    plain = re.sub(r'extern "C" \{', _blank, plain)
    for start, end in _statements(plain):
        text = plain[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        found = _classify(text)
        if found:
            items.append((start, found[1], found[0], text))
    return [Item(name, kind, EXPORT_WORDS.sub("", text).strip(),
                 comment_text(comments.get(start, "")), source.count("\n", 0, start) + 1)
            for start, name, kind, text in sorted(items)]


def functions(include):
    """Name -> (header, Item) of every public function."""
    found = {}
    for header in headers(include):
        for item in read(include, header):
            if item.kind == "function":
                found[item.name] = (header, item)
    return found


# The constants of one enum or one group (@name): title, [(name, comment)].
Group = collections.namedtuple("Group", "title constants")


def members(body):
    """[(declaration, comment)] of what stands between the braces of a struct or enum.

    Structs inside of it are the library's own and left out."""
    body = re.sub(r"struct \{[^{}]*\} \w+;", "", body)
    found = []
    waiting = ""
    for piece in re.split(r"(/\*.*?\*/)", body, flags=re.S):
        if piece.startswith("/**<") and found:
            found[-1] = (found[-1][0], _join(comment_text(piece).split("\n")))
        elif piece.startswith("/*"):
            waiting = _join(comment_text(piece).split("\n"))
        else:
            for text in re.split(r";|,(?![^(]*\))", piece):
                if text.strip():
                    found.append((" ".join(text.split()), waiting))
                    waiting = ""
    return found


def bodies(include, header):
    """Name -> text between the braces, with its comments, of the structs and enums."""
    with open(os.path.join(include, header), encoding="utf-8") as stream:
        source = stream.read()
    return {match.group(1): match.group(2) for match in re.finditer(
        r"^((?:struct|enum) \w+) \{\n(.*?)^\}", source, re.S | re.M)}


def groups(include, header):
    """The documented groups of constants of one header, in order."""
    with open(os.path.join(include, header), encoding="utf-8") as stream:
        source = stream.read()
    items = [item for item in read(include, header) if item.kind == "macro"]
    found = []
    for match in re.finditer(r"/\*\*\s*(?:\* )?@name (.*?)\n(.*?)/\*\* @\} \*/", source, re.S):
        first, last = (source.count("\n", 0, at) + 1 for at in match.span())
        # A name with a definition for each system counts once.
        found.append(Group(match.group(1), list({
            item.name: parse_doc(item.comment).brief for item in items
            if first <= item.line <= last}.items())))
    return found


# What a comment of a function says.
Doc = collections.namedtuple("Doc", "brief paragraphs parameters result notes")

# Paragraphs that begin with such a word and a colon are notes.
NOTES = ("Errors", "Locks", "Threads", "Cost", "Since")


def _join(lines):
    """One line, and one more for each item of a list: it begins with "- "."""
    text = " ".join(line.strip() for line in lines if line.strip())
    return re.sub(r" - (?=[`\w])", "\n- ", text) if any(
        line.lstrip().startswith("- ") for line in lines) else text


def parse_doc(comment):
    """Splits a comment into its parts; texts are without line breaks, lists aside."""
    blocks = []  # (tag, name, [lines])
    current = None
    for line in comment.split("\n"):
        tag = re.match(r"@(param|return|file)\b\s*(.*)$", line)
        note = re.match(r"(%s): (.*)$" % "|".join(NOTES), line)
        if tag and tag.group(1) == "param":
            name, _, text = tag.group(2).partition(" ")
            current = ["param", name, [text]]
        elif tag:
            current = [tag.group(1), "", [tag.group(2)]]
        elif note:
            current = ["note", note.group(1), [note.group(2)]]
        elif not line.strip():
            current = None
            continue
        elif current is None:
            current = ["text", "", [line]]
        else:
            current[2].append(line)
            continue
        blocks.append(current)
    texts = [_join(lines) for tag, _, lines in blocks if tag == "text"]
    return Doc(texts[0] if texts else "", texts[1:],
               [(name, _join(lines)) for tag, name, lines in blocks if tag == "param"],
               next((_join(lines) for tag, _, lines in blocks if tag == "return"), ""),
               [(name, _join(lines)) for tag, name, lines in blocks if tag == "note"])
