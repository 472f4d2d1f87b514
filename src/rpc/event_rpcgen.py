#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make C code for messages of tagged data from their description.

usage: event_rpcgen.py [--quiet] INPUT.rpc [[OUTPUT.h] OUTPUT.c]

The description is a file of structs:

    #include "other.gen.h"          /* lines with # go to the header */

    struct person {
        string name = 1;            /* must be set */
        optional int age = 2;
        optional int64 id = 3;
        optional bytes photo = 4;   // any number of bytes
        optional bytes key[16] = 5;
        optional struct[place] home = 6;
        array string aliases = 7;   // any number of entries: also int, int64, struct[...]
    }

The number behind a member is its tag.  Without names of outputs these are INPUT.gen.h and
INPUT.gen.c.  event2/rpc.h has the macros for members.
"""

import os
import re
import sys

TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|^[ \t]*#[^\n]*|\w+|[{}\[\]=;]|\s+|.", re.S | re.M)
NAME = re.compile(r"[A-Za-z_]\w*$")
SCALARS = {"int": "ev_uint32_t", "int64": "ev_uint64_t"}
MOST_BYTES = 1 << 24
MOST_DEPTH = 100


class Fault(Exception):
    """What is wrong with the description."""


# ---- Reading the description ----

class Tokens:
    """The words of a text, with their lines; comments left out."""

    def __init__(self, path, text):
        self.path = path
        self.words = []
        self.directives = []
        self.at = 0
        line = 1
        for match in TOKEN.finditer(text):
            word = match.group(0)
            if word.lstrip().startswith("#"):
                self.directives.append(word.strip())
            elif not word.isspace() and not word.startswith(("/*", "//")):
                self.words.append((word, line))
            line += word.count("\n")
        self.end = line

    def fault(self, text):
        line = self.words[self.at][1] if self.at < len(self.words) else self.end
        raise Fault("%s:%d: %s" % (self.path, line, text))

    def peek(self):
        return self.words[self.at][0] if self.at < len(self.words) else ""

    def take(self):
        word = self.peek()
        if not word:
            self.fault("the file ends too early")
        self.at += 1
        return word

    def expect(self, wanted):
        if self.peek() != wanted:
            self.fault('"%s" is missing before "%s"' % (wanted, self.peek()))
        self.at += 1

    def name(self, what):
        if not NAME.match(self.peek()):
            self.fault('"%s" is no name of a %s' % (self.peek(), what))
        return self.take()

    def number(self, what, least, most):
        try:
            value = int(self.peek(), 0)
        except ValueError:
            value = -1
        if not least <= value <= most:
            self.fault('"%s" is no %s: %d to %d' % (self.peek(), what, least, most))
        self.at += 1
        return value


class Member:
    """One member of a struct: kind is int, int64, string, bytes, fixed or struct."""

    def __init__(self, owner, tokens):
        words = ("optional", "array")
        self.owner = owner
        self.label = tokens.take() if tokens.peek() in words else "required"
        self.kind = tokens.take()
        self.of = self.size = None
        if self.kind not in ("int", "int64", "string", "bytes", "struct"):
            tokens.at -= 1
            tokens.fault('there is no type "%s"' % self.kind)
        if self.kind == "struct":
            tokens.expect("[")
            self.of = tokens.name("struct")
            self.of_line = tokens.at - 1
            tokens.expect("]")
        self.name = tokens.name("member")
        if self.kind == "bytes" and self.is_array:
            tokens.fault("an array cannot have entries of bytes")
        if tokens.peek() == "[":
            if self.kind != "bytes":
                tokens.fault("only bytes have a size")
            tokens.take()
            self.size = tokens.number("size", 1, MOST_BYTES)
            self.kind = "fixed"
            tokens.expect("]")
        tokens.expect("=")
        self.tag = tokens.number("tag", 0, 0xffffffff)
        tokens.expect(";")

    @property
    def is_array(self):
        return self.label == "array"

    @property
    def prefix(self):
        return "%s_%s" % (self.owner, self.name)

    @property
    def tag_name(self):
        return self.prefix.upper()

    @property
    def entry(self):
        """The type of the data, with a space behind it where a name may follow."""
        if self.kind in SCALARS:
            return SCALARS[self.kind] + " "
        return {"string": "char *", "bytes": "ev_uint8_t *", "fixed": "ev_uint8_t *",
                "struct": "struct %s *" % self.of}[self.kind]

    @property
    def value(self):
        """The same for a parameter that is copied."""
        return self.entry if self.kind in SCALARS else "const " + self.entry


class Struct:
    """A struct of the description."""

    def __init__(self, tokens):
        tokens.expect("struct")
        self.name = tokens.name("struct")
        self.members = []
        tokens.expect("{")
        while tokens.peek() != "}":
            member = Member(self.name, tokens)
            if any(m.name == member.name for m in self.members):
                tokens.fault('the member "%s" is there twice' % member.name)
            if any(m.tag == member.tag for m in self.members):
                tokens.fault("the tag %d is there twice" % member.tag)
            self.members.append(member)
        tokens.expect("}")
        if tokens.peek() == ";":
            tokens.take()
        if not self.members:
            tokens.fault('the struct "%s" has no members' % self.name)


def read(path, text):
    """The directives and the structs."""
    tokens = Tokens(path, text)
    structs = []
    while tokens.peek():
        struct = Struct(tokens)
        if any(s.name == struct.name for s in structs):
            tokens.fault('the struct "%s" is there twice' % struct.name)
        structs.append(struct)
    names = {s.name for s in structs}
    for struct in structs:
        for member in struct.members:
            if member.of and member.of not in names and not tokens.directives:
                tokens.at = member.of_line
                tokens.fault('there is no struct "%s"' % member.of)
    if not structs:
        tokens.fault("there is no struct")
    return tokens.directives, structs


# ---- Functions of members ----

def signatures(m):
    """Of the functions of a member: [(name, result, parameters)]."""
    this = "struct %s *msg" % m.owner
    if m.is_array:
        value = ", %svalue" % m.value
        add = this if m.kind == "struct" else this + value
        result = m.entry if m.kind == "struct" else m.entry + "*"
        return [("assign", "int ", this + ", int offset" + value),
                ("get", "int ", this + ", int offset, %s*value" % m.entry),
                ("add", result, add)]
    length = ", ev_uint32_t length" if m.kind == "bytes" else ""
    length_out = ", ev_uint32_t *length" if m.kind == "bytes" else ""
    return [("assign", "int ", "%s, %svalue%s" % (this, m.value, length)),
            ("get", "int ", "%s, %s*value%s" % (this, m.entry, length_out))]


def fill(text, m, **more):
    """A template: words in <> are replaced."""
    words = {"T": m.owner, "m": m.name, "f": m.prefix, "of": m.of, "tag": m.tag_name,
             "size": m.size, "wide": "64" if m.kind == "int64" else "", "entry": m.entry,
             "c": SCALARS.get(m.kind)}
    words.update(more)
    return re.sub(r"<(\w+)>", lambda match: str(words[match.group(1)]), text)


STORE = {  # `from` becomes an entry of its own in `to`; -1 if memory is short
    "string": """\
	<to> = strdup(<from>);
	if (!<to>)
		return <bad>;
""",
    "struct": """\
	<to> = <of>_new();
	if (!<to>)
		return <bad>;
	if (<of>_copy_(<to>, <from>) == -1) {
		<of>_free(<to>);
		<to> = NULL;
		return <bad>;
	}
"""}

FREE = {"string": "free(<what>);", "bytes": "free(<what>);", "struct": "<of>_free(<what>);"}

ASSIGN = {
    "int": """\
	msg-><m>_data = value;
	msg-><m>_set = 1;
	return 0;
""",
    "fixed": """\
	memcpy(msg-><m>_data, value, <size>);
	msg-><m>_set = 1;
	return 0;
""",
    "bytes": """\
	ev_uint8_t *copy = malloc(length > 0 ? length : 1);

	if (!copy)
		return -1;
	if (length > 0)
		memcpy(copy, value, length);
	free(msg-><m>_data);
	msg-><m>_data = copy;
	msg-><m>_length = length;
	msg-><m>_set = 1;
	return 0;
""",
    "string": """\
	char *copy;

<store>	free(msg-><m>_data);
	msg-><m>_data = copy;
	msg-><m>_set = 1;
	return 0;
""",
    "struct": """\
	struct <of> *copy;

<store>	if (msg-><m>_data)
		<of>_free(msg-><m>_data);
	msg-><m>_data = copy;
	msg-><m>_set = 1;
	return 0;
"""}
ASSIGN["int64"] = ASSIGN["int"]

GET = """\
	if (!msg-><m>_set)
		return -1;
	*value = msg-><m>_data;
"""
GET_STRUCT = """\
	if (!msg-><m>_set) {
		msg-><m>_data = <of>_new();
		if (!msg-><m>_data)
			return -1;
		msg-><m>_set = 1;
	}
	*value = msg-><m>_data;
"""

GROW = """\
static int
<f>_grow_(struct <T> *msg)
{
	int count = msg-><m>_num_allocated > 0 ? msg-><m>_num_allocated : 1;
	<entry>*grown;

	if (msg-><m>_length < msg-><m>_num_allocated)
		return 0;
	if (count > INT_MAX / 2 || (size_t)count > SIZE_MAX / 2 / sizeof(*grown))
		return -1;
	count *= 2;
	grown = realloc(msg-><m>_data, (size_t)count * sizeof(*grown));
	if (!grown)
		return -1;
	msg-><m>_data = grown;
	msg-><m>_num_allocated = count;
	return 0;
}

"""
ADD = """\
	<entry>*entry;

	if (<f>_grow_(msg) == -1)
		return NULL;
	entry = &msg-><m>_data[msg-><m>_length];
<store>	msg-><m>_length++;
	msg-><m>_set = 1;
	return <result>;
"""
ARRAY_ASSIGN = """\
<declare>	if (offset < 0 || offset >= msg-><m>_length)
		return -1;
<store>	return 0;
"""
ARRAY_GET = """\
	if (offset < 0 || offset >= msg-><m>_length)
		return -1;
	*value = msg-><m>_data[offset];
	return 0;
"""


def store(m, to, source, bad):
    """Puts a copy of `source` into `to`."""
    if m.kind in SCALARS:
        return "\t%s = %s;\n" % (to, source)
    return fill(STORE[m.kind], m, to=to, bad=bad, **{"from": source})


def body_of(m, function):
    """The body of a function of signatures()."""
    if m.is_array and function == "add":
        is_struct = m.kind == "struct"
        made = fill("\t*entry = <of>_new();\n\tif (!*entry)\n\t\treturn NULL;\n", m)
        return fill(ADD, m, store=made if is_struct else store(m, "*entry", "value", "NULL"),
                    result="*entry" if is_struct else "entry")
    if m.is_array and function == "get":
        return fill(ARRAY_GET, m)
    if m.is_array and m.kind in SCALARS:
        return fill(ARRAY_ASSIGN, m, declare="", store="\tmsg->%s_data[offset] = value;\n" % m.name)
    if m.is_array:
        old = "msg->%s_data[offset]" % m.name
        return fill(ARRAY_ASSIGN, m, declare="\t%scopy;\n\n" % m.entry,
                    store=store(m, "copy", "value", "-1") + "\t" + fill(FREE[m.kind], m, what=old)
                    + "\n\t%s = copy;\n" % old)
    if function == "assign":
        copied = store(m, "copy", "value", "-1") if m.kind in ("string", "struct") else ""
        return fill(ASSIGN[m.kind], m, store=copied)
    length = fill("\t*length = msg-><m>_length;\n", m) if m.kind == "bytes" else ""
    return fill(GET_STRUCT if m.kind == "struct" else GET, m) + length + "\treturn 0;\n"


def function(result, name, parameters, body, static=False):
    return "%s%s\n%s(%s)\n{\n%s}\n\n" % ("static " if static else "", result.strip(), name,
                                         parameters, body)


def member_functions(m):
    out = [fill(GROW, m)] if m.is_array else []
    for name, result, parameters in signatures(m):
        out.append(function(result, "%s_%s" % (m.prefix, name), parameters, body_of(m, name)))
    return "".join(out)


# ---- Functions of structs ----

def each(m, text):
    """A statement for the data of a member, once for each entry of an array."""
    if not m.is_array:
        return "\tif (msg->%s_set) {\n%s\t}\n" % (m.name, text("msg->%s_data" % m.name))
    return fill("\tfor (i = 0; i < msg-><m>_length; i++) {\n", m) + text(
        "msg->%s_data[i]" % m.name) + "\t}\n"


def index_of(struct, kinds=None):
    """The declaration of i, where one of these members needs it."""
    needs = any(m.is_array and (not kinds or m.kind in kinds) for m in struct.members)
    return "\tint i;\n\n" if needs else ""


def make_clear(struct):
    body = index_of(struct, ("string", "struct"))
    for m in struct.members:
        if m.kind in FREE:
            body += each(m, lambda what, m=m: "\t\t" + fill(FREE[m.kind], m, what=what) + "\n")
        if m.is_array:
            body += fill("\tfree(msg-><m>_data);\n\tmsg-><m>_num_allocated = 0;\n", m)
        if m.is_array or m.kind in FREE:
            body += fill("\tmsg-><m>_data = NULL;\n", m)
        if m.is_array or m.kind == "bytes":
            body += fill("\tmsg-><m>_length = 0;\n", m)
        body += fill("\tmsg-><m>_set = 0;\n", m)
    return function("void", struct.name + "_clear", "struct %s *msg" % struct.name, body)


MARSHAL = {
    "int": "evtag_marshal_int(evbuf, <tag>, <what>);",
    "int64": "evtag_marshal_int64(evbuf, <tag>, <what>);",
    "string": "evtag_marshal_string(evbuf, <tag>, <what>);",
    "bytes": "evtag_marshal(evbuf, <tag>, <what>, msg-><m>_length);",
    "fixed": "evtag_marshal(evbuf, <tag>, <what>, <size>);",
    "struct": "evtag_marshal_<of>(evbuf, <tag>, <what>);"}


def make_marshal(struct):
    body = index_of(struct)
    for m in struct.members:
        body += each(m, lambda what, m=m: "\t\t" + fill(MARSHAL[m.kind], m, what=what) + "\n")
    return function("void", struct.name + "_marshal",
                    "struct evbuffer *evbuf, const struct %s *msg" % struct.name, body)


def make_complete(struct):
    body = index_of(struct, ("struct",))
    for m in struct.members:
        if m.label == "required":
            body += fill("\tif (!msg-><m>_set)\n\t\treturn -1;\n", m)
        if m.kind == "struct":
            body += each(m, lambda what, m=m: fill(
                "\t\tif (<of>_complete(<what>) == -1)\n\t\t\treturn -1;\n", m, what=what))
    unused = "" if "msg" in body else "\t(void)msg;\n"
    return function("int", struct.name + "_complete", "struct %s *msg" % struct.name,
                    body + unused + "\treturn 0;\n")


READ = {
    "int": "evtag_unmarshal_int<wide>(evbuf, <tag>, &<what>) == -1",
    "string": "evtag_unmarshal_string(evbuf, <tag>, &<what>) == -1",
    "fixed": "evtag_unmarshal_fixed(evbuf, <tag>, <what>, <size>) == -1",
    "bytes": "read_bytes_(evbuf, <tag>, &<what>, &msg-><m>_length) == -1"}
READ["int64"] = READ["int"]


def read_record(m, is_own):
    """A case of the switch over the tags."""
    if m.is_array:
        what = fill("msg-><m>_data[msg-><m>_length]", m)
        first = fill("\t\t\tif (<f>_grow_(msg) == -1)\n\t\t\t\treturn -1;\n", m)
        done = fill("\t\t\tmsg-><m>_length++;\n", m)
    else:
        what = fill("msg-><m>_data", m)
        first = fill("\t\t\tif (msg-><m>_set)\n\t\t\t\treturn -1;\n", m)
        done = ""
    if m.kind == "struct":
        call = "<of>_take_(<what>, evbuf, depth + 1)" if is_own else \
            "evtag_unmarshal_<of>(evbuf, <tag>, <what>)"
        taken = fill("""\
			<what> = <of>_new();
			if (!<what>)
				return -1;
			if (%s == -1) {
				<of>_free(<what>);
				<what> = NULL;
				return -1;
			}
""" % call, m, what=what)
    else:
        taken = fill("\t\t\tif (%s)\n\t\t\t\treturn -1;\n" % READ[m.kind], m, what=what)
    return "".join([fill("\t\tcase <tag>:\n", m), first, taken, done,
                    fill("\t\t\tmsg-><m>_set = 1;\n\t\t\tbreak;\n", m)])


def make_unmarshal(struct, names):
    cases = "".join(read_record(m, m.of in names) for m in struct.members)
    return """\
static int
%(T)s_read_(struct %(T)s *msg, struct evbuffer *evbuf, int depth)
{
	ev_uint32_t tag;

	if (depth > %(most)d)
		return -1;
	while (evbuffer_get_length(evbuf) > 0) {
		if (evtag_peek(evbuf, &tag) == -1)
			return -1;
		switch (tag) {
%(cases)s		default:
			/* A sender that is newer. */
			if (evtag_consume(evbuf) == -1)
				return -1;
			break;
		}
	}
	return %(T)s_complete(msg);
}

int
%(T)s_unmarshal(struct %(T)s *msg, struct evbuffer *evbuf)
{
	return %(T)s_read_(msg, evbuf, 0);
}

static int
%(T)s_take_(struct %(T)s *msg, struct evbuffer *evbuf, int depth)
{
	struct evbuffer *payload = evbuffer_new();
	ev_uint32_t tag;
	int rc = -1;

	if (!payload)
		return -1;
	if (evtag_unmarshal(evbuf, &tag, payload) != -1)
		rc = %(T)s_read_(msg, payload, depth);
	evbuffer_free(payload);
	return rc;
}

int
evtag_unmarshal_%(T)s(struct evbuffer *evbuf, ev_uint32_t need_tag, struct %(T)s *msg)
{
	ev_uint32_t tag;

	if (evtag_peek(evbuf, &tag) == -1 || tag != need_tag)
		return -1;
	return %(T)s_take_(msg, evbuf, 0);
}

void
evtag_marshal_%(T)s(struct evbuffer *evbuf, ev_uint32_t tag, const struct %(T)s *msg)
{
	struct evbuffer *payload = evbuffer_new();

	if (!payload)
		return;
	%(T)s_marshal(payload, msg);
	evtag_marshal_buffer(evbuf, tag, payload);
	evbuffer_free(payload);
}

""" % {"T": struct.name, "most": MOST_DEPTH, "cases": cases}


def make_copy(struct):
    """Each member that is set, for assigning a message to a member of another one."""
    body = index_of(struct)
    for m in struct.members:
        if m.is_array and m.kind == "struct":
            text = """\
		struct <of> *made = <f>_add(msg);

		if (!made || <of>_copy_(made, from-><m>_data[i]) == -1)
			return -1;
"""
        elif m.is_array:
            text = "\t\tif (!<f>_add(msg, from-><m>_data[i]))\n\t\t\treturn -1;\n"
        else:
            length = ", from-><m>_length" if m.kind == "bytes" else ""
            text = "\t\tif (<f>_assign(msg, from-><m>_data%s) == -1)\n\t\t\treturn -1;\n" % length
        body += each(m, lambda what, m=m, text=text: fill(text, m)).replace(
            "msg->%s_set" % m.name, "from->%s_set" % m.name).replace(
                "msg->%s_length" % m.name, "from->%s_length" % m.name)
    return function("int", struct.name + "_copy_",
                    "struct %s *msg, const struct %s *from" % (struct.name, struct.name),
                    body + "\treturn 0;\n")


NEW = """\
static const struct %(T)s_access_ %(T)s_functions_ = {
%(functions)s};

struct %(T)s *
%(T)s_new(void)
{
	struct %(T)s *msg = calloc(1, sizeof(*msg));

	if (msg)
		msg->base = &%(T)s_functions_;
	return msg;
}

struct %(T)s *
%(T)s_new_with_arg(void *unused)
{
	(void)unused;
	return %(T)s_new();
}

void
%(T)s_free(struct %(T)s *msg)
{
	if (!msg)
		return;
	%(T)s_clear(msg);
	free(msg);
}

"""


def make_new(struct):
    functions = "".join("\t%s_%s,\n" % (m.prefix, name)
                        for m in struct.members for name, _, _ in signatures(m))
    return NEW % {"T": struct.name, "functions": functions}


# ---- The two files ----

def data_of(m):
    """Members of the C struct for a member."""
    if m.is_array:
        return "\t%s*%s_data;\n\tint %s_length;\n\tint %s_num_allocated;\n" % (
            m.entry, m.name, m.name, m.name)
    if m.kind == "fixed":
        return "\tev_uint8_t %s_data[%d];\n" % (m.name, m.size)
    return "\t%s%s_data;\n" % (m.entry, m.name) + (
        "\tev_uint32_t %s_length;\n" % m.name if m.kind == "bytes" else "")


def declare_struct(struct):
    name = struct.name
    out = ["/* Tags of %s. */\n" % name]
    # An enumerator is an int, and tags have 32 bits.
    out += ["#define %s %dU\n" % (m.tag_name, m.tag) for m in struct.members]
    out += ["#define %s_MAX_TAGS %dU\n\n" % (name.upper(), max(m.tag for m in struct.members)),
            "struct %s_access_ {\n" % name]
    for m in struct.members:
        out += ["\t%s(*%s_%s)(%s);\n" % (result, m.name, function_name, parameters)
                for function_name, result, parameters in signatures(m)]
    out.append("};\n\nstruct %s {\n\tconst struct %s_access_ *base;\n\n" % (name, name))
    out += [data_of(m) for m in struct.members] + ["\n"]
    out += ["\tev_uint8_t %s_set;\n" % m.name for m in struct.members]
    this = "struct %s *" % name
    out += ["};\n\n", this, "%s_new(void);\n" % name, this,
            "%s_new_with_arg(void *unused);\n" % name]
    out += [line % {"T": name} for line in (
        "void %(T)s_free(struct %(T)s *msg);\n", "void %(T)s_clear(struct %(T)s *msg);\n",
        "void %(T)s_marshal(struct evbuffer *evbuf, const struct %(T)s *msg);\n",
        "int %(T)s_unmarshal(struct %(T)s *msg, struct evbuffer *evbuf);\n",
        "int %(T)s_complete(struct %(T)s *msg);\n",
        "int %(T)s_copy_(struct %(T)s *msg, const struct %(T)s *from);\n",
        "void evtag_marshal_%(T)s(struct evbuffer *evbuf, ev_uint32_t tag,\n"
        "    const struct %(T)s *msg);\n",
        "int evtag_unmarshal_%(T)s(struct evbuffer *evbuf, ev_uint32_t need_tag,\n"
        "    struct %(T)s *msg);\n")]
    for m in struct.members:
        out += ["%s%s_%s(%s);\n" % (result, m.prefix, function_name, parameters)
                for function_name, result, parameters in signatures(m)]
    return "".join(out) + "\n"


def make_header(source, guard, directives, structs):
    out = ["/* Made by event_rpcgen.py from %s: changes are lost. */\n" % source,
           "#ifndef %s\n#define %s\n\n" % (guard, guard),
           "#include <event2/util.h>\n\n"]
    out += [directive + "\n" for directive in directives]
    out.append("#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nstruct evbuffer;\n")
    names = {s.name for s in structs} | {m.of for s in structs for m in s.members if m.of}
    out += ["struct %s;\n" % name for name in sorted(names)] + ["\n"]
    out += [declare_struct(struct) for struct in structs]
    out.append("#ifdef __cplusplus\n}\n#endif\n\n#endif\n")
    return "".join(out)


READ_BYTES = """\
/* The size is compared with what is there before memory is taken for it. */
static int
read_bytes_(struct evbuffer *evbuf, ev_uint32_t tag, ev_uint8_t **data, ev_uint32_t *length)
{
	ev_uint8_t *bytes;
	ev_uint32_t size;

	if (evtag_payload_length(evbuf, &size) == -1 || size > evbuffer_get_length(evbuf))
		return -1;
	bytes = malloc(size > 0 ? size : 1);
	if (!bytes)
		return -1;
	if (evtag_unmarshal_fixed(evbuf, tag, bytes, size) == -1) {
		free(bytes);
		return -1;
	}
	*data = bytes;
	*length = size;
	return 0;
}

"""


def make_source(source, header, structs):
    names = {s.name for s in structs}
    out = ["/* Made by event_rpcgen.py from %s: changes are lost. */\n" % source,
           "#include <event2/buffer.h>\n#include <event2/tag.h>\n#include <limits.h>\n"
           "#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n\n",
           '#include "%s"\n\n' % header]
    if any(m.kind == "bytes" for s in structs for m in s.members):
        out.append(READ_BYTES)
    out += ["static int %s_take_(struct %s *msg, struct evbuffer *evbuf, int depth);\n"
            % (s.name, s.name) for s in structs]
    out.append("\n")
    for struct in structs:
        out.append("/* ---- %s ---- */\n\n" % struct.name)
        out += [member_functions(m) for m in struct.members]
        out += [make_new(struct), make_clear(struct), make_copy(struct), make_marshal(struct),
                make_complete(struct), make_unmarshal(struct, names)]
    return "".join(out).rstrip("\n") + "\n"


def main():
    words = [word for word in sys.argv[1:] if word != "--quiet"]
    if "-h" in words or "--help" in words:
        print(__doc__)
        return 0
    if not 1 <= len(words) <= 3 or any(word.startswith("-") for word in words):
        print(__doc__, file=sys.stderr)
        return 2
    stem = re.sub(r"\.rpc$", "", words[0])
    header, source = stem + ".gen.h", stem + ".gen.c"
    if len(words) == 3:
        header, source = words[1:]
    elif len(words) == 2:
        source = words[1]
        header = re.sub(r"\.c$", "", source) + ".h"
    try:
        with open(words[0], encoding="utf-8") as stream:
            directives, structs = read(words[0], stream.read())
        name = os.path.basename(words[0])
        guard = re.sub(r"\W", "_", "EVENT_RPCOUT_" + os.path.basename(header)).upper() + "_"
        texts = {header: make_header(name, guard, directives, structs),
                 source: make_source(name, os.path.basename(header), structs)}
        for path, text in texts.items():
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
    except (Fault, OSError, UnicodeDecodeError) as fault:
        print("event_rpcgen.py: %s" % fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
