// SPDX-License-Identifier: BSD-3-Clause
// Lets node's parser, llhttp, read messages: a line "KIND OPTIONS HEX" comes in, and a line of words
// as those of parser_table.c goes out.  llhttp_peer.py asks.

"use strict";

process.noDeprecation = true;
const binding = process.binding("http_parser");
const { HTTPParser } = binding;
const methods = binding.allMethods || binding.methods;
const HEAD_MOST = 1 << 17;

function put(data) {
	let text = "";
	for (const byte of data)
		text += byte >= 32 && byte < 127 ? String.fromCharCode(byte)
			: "\\x" + byte.toString(16).padStart(2, "0");
	return text;
}

function read(kind, options, data) {
	const parser = new HTTPParser();
	let words = "", inside = false, hasBody = false, keepsAlive = true, isOver = false;
	let isTunnel = false;

	parser.initialize(kind === "requests" ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, HEAD_MOST);
	parser[HTTPParser.kOnHeaders | 0] = () => {};
	parser[HTTPParser.kOnHeadersComplete | 0] =
	    (major, minor, fields, method, url, status, reason, upgrades, keepAlive) => {
		if (isOver)
			return 0;
		words += kind === "requests" ? methods[method] : status;
		inside = true;
		hasBody = false;
		keepsAlive = keepAlive;
		isTunnel = kind === "responses" && options === "connect" && status >= 200 && status < 300;
		if (isTunnel)
			return 2;
		return kind === "responses" && options === "head" ? 1 : 0;
	};
	parser[HTTPParser.kOnBody | 0] = (bytes, at, size) => {
		if (isOver)
			return;
		words += (hasBody ? "" : "+") + put(size === undefined ? bytes : bytes.slice(at, at + size));
		hasBody = true;
	};
	parser[HTTPParser.kOnMessageComplete | 0] = () => {
		if (isOver)
			return;
		inside = false;
		words += " ";
		if (isTunnel || !keepsAlive) {
			words += isTunnel ? "tunnel" : "close";
			isOver = true;
		}
	};
	const result = data.length > 0 ? parser.execute(data) : 0;
	if (isOver)
		return words;
	if (result instanceof Error)
		return words + (inside ? " refused" : "refused");
	if (result < data.length)
		return words.trimEnd() + " tunnel";
	if (kind === "responses" && inside) {
		const hadBody = hasBody;
		const stem = words;
		if (parser.finish() === undefined && isOver)
			return stem + (hadBody ? " close" : "+ close");
		return stem + " wait";
	}
	return words + (inside ? " wait" : "wait");
}

process.stdout.write(methods.join(" ") + "\n");
let rest = "";
process.stdin.on("data", (text) => {
	const lines = (rest + text).split("\n");
	rest = lines.pop();
	for (const line of lines) {
		const [kind, options, hex] = line.split(" ");
		process.stdout.write(read(kind, options, Buffer.from(hex, "hex")) + "\n");
	}
});
